// What pages do beyond links and forms: times in the reader's zone, keys, and a job that is seen while it runs.
"use strict";

const all = (what, where = document) => [...where.querySelectorAll(what)];
const one = (what, where = document) => where.querySelector(what);

function localTimes(where) {
  const same = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const other = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  for (const shown of all("time[datetime]", where)) {
    const at = new Date(shown.dateTime);
    const today = at.toDateString() === new Date().toDateString();
    shown.textContent = (today ? same : other).format(at);
    shown.title = shown.dateTime;
  }
}

// Parts marked `data-live` are fetched anew when something happened, and put in place of the old ones.
let fetching = false, again = false;
async function refresh() {
  if (fetching) { again = true; return; }
  fetching = true;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" }, credentials: "same-origin" });
    if (answer.redirected || !answer.ok) { location.reload(); return; }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of all("[data-live]")) {
      const next = one(`[data-live="${CSS.escape(part.dataset.live)}"]`, fresh);
      if (next && next.innerHTML !== part.dataset.was) {
        part.dataset.was = next.innerHTML;
        part.replaceChildren(...next.childNodes);
        localTimes(part);
      }
    }
  } finally {
    fetching = false;
    if (again) { again = false; setTimeout(refresh, 400); }
  }
}

function watch() {
  const place = one("[data-events]");
  if (!place) return;
  const log = new EventSource(place.dataset.events);
  log.onmessage = message => {
    refresh();
    const { type = "" } = JSON.parse(message.data);
    if (/^job\.(succeeded|rejected|failed|canceled|expired)$/.test(type)) { log.close(); place.removeAttribute("data-events"); }
  };
}

// Of a list marked `data-list`, one entry at a time is chosen.
function entries() { return all("[data-list] > *").filter(entry => one("a[href]", entry)); }
function chosen() { return entries().findIndex(entry => entry.getAttribute("aria-current") === "true"); }
function choose(at) {
  const list = entries();
  if (!list.length) return;
  const next = list[Math.max(0, Math.min(list.length - 1, at))];
  list.forEach(entry => entry.removeAttribute("aria-current"));
  next.setAttribute("aria-current", "true");
  next.scrollIntoView({ block: "nearest" });
  one("a[href]", next).focus({ preventScroll: true });
}

const typing = target => target.closest("input, textarea, select, [contenteditable]");

const keys = {
  j: () => follow("next") || choose(chosen() + 1),
  k: () => follow("previous") || choose(chosen() - 1),
  "?": () => one("#keys").showModal(),
  "/": () => { const search = one("input[type=search]"); if (search) search.focus(); return !!search; },
};

function follow(relation) {
  const link = one(`a[rel~="${relation}"]`);
  if (link) link.click();
  return !!link;
}

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (typing(event.target) || one("dialog[open]")) return;
  const act = keys[event.key];
  if (act && act() !== false) event.preventDefault();
});

// A click on a menu's outside closes it, as does Escape.
document.addEventListener("click", event => all("details.me[open]").filter(menu => !menu.contains(event.target)).forEach(menu => { menu.open = false; }));
document.addEventListener("keydown", event => { if (event.key === "Escape") all("details.me[open]").forEach(menu => { menu.open = false; one("summary", menu).focus(); }); });

// What cannot be undone is asked for twice.
document.addEventListener("submit", event => {
  const question = event.target.dataset.ask;
  if (question && !confirm(question)) event.preventDefault();
});

localTimes(document);
watch();
