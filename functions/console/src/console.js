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

// ---- reviews: decided by keys as well as by hand ----

const stage = () => one("[data-stage]");
const press = what => { const button = one(`[data-key="${what}"]`); if (button && !button.disabled) button.click(); return !!button; };

Object.assign(keys, {
  a: () => press("a"), r: () => press("r"), m: () => press("m"), u: () => press("u"), e: () => press("e"),
  g: () => { const note = one("#note"); if (note) note.focus(); return !!note; },
  c: () => flip("comparing", "c"), z: () => flip("zoomed", "z"),
  ",": () => step(-1), ".": () => step(1), l: () => press("l"),
  Escape: () => { const place = stage(); if (place) place.classList.remove("comparing", "zoomed"); return false; },
});

function flip(how, key) {
  const place = stage();
  if (!place) return false;
  const on = place.classList.toggle(how);
  all(`[data-flip="${key}"]`).forEach(button => button.setAttribute("aria-pressed", String(on)));
  return true;
}
document.addEventListener("click", event => {
  const button = event.target.closest("[data-flip]");
  if (button) flip(button.dataset.flip === "c" ? "comparing" : "zoomed", button.dataset.flip);
});

// In a note, Control and Enter send it; Escape leaves it.
document.addEventListener("keydown", event => {
  if (event.target.id !== "note") return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); press("g"); }
  if (event.key === "Escape") event.target.blur();
});
// What asks for a note says so before anything is sent.
document.addEventListener("click", event => {
  const button = event.target.closest("button[data-note]");
  const note = one("#note");
  if (button && note) { note.required = button.dataset.note === "needed"; }
});

// How long a decision can still be taken back.
function countDown() {
  for (const shown of all("[data-until]")) {
    const left = Math.ceil((new Date(shown.dataset.until) - Date.now()) / 1000);
    if (left > 0) { shown.textContent = `${left} s`; continue; }
    const place = shown.closest("[data-undo]");
    if (place) { shown.removeAttribute("data-until"); place.removeAttribute("data-undo"); setTimeout(refresh, 1500); }
  }
}

// ---- films and sounds ----

const film = () => one("[data-stage] video");
function step(frames) {
  const player = film();
  if (!player) return false;
  player.pause();
  player.currentTime = Math.max(0, player.currentTime + frames / Number(player.dataset.fps || 25));
  return true;
}
document.addEventListener("click", event => {
  const button = event.target.closest("[data-step], [data-loop]");
  if (!button) return;
  if (button.dataset.step) step(Number(button.dataset.step));
  else loop(button);
});
// Plays the seconds that were found fault with, over and over.
function loop(button) {
  const player = button.closest("[data-player]").querySelector("video, audio");
  const on = button.getAttribute("aria-pressed") !== "true";
  all("[data-loop]").forEach(other => other.setAttribute("aria-pressed", "false"));
  button.setAttribute("aria-pressed", String(on));
  const [from, to] = button.dataset.loop.split(" ").map(Number);
  player.ontimeupdate = on ? () => { if (player.currentTime >= to || player.currentTime < from - 0.3) player.currentTime = from; } : null;
  if (on) { player.currentTime = from; player.play(); }
}

// A sound as it looks; a click goes there.
async function wave(canvas) {
  const player = canvas.closest("[data-player]").querySelector("audio, video");
  const bytes = await (await fetch(player.currentSrc || player.src)).arrayBuffer();
  const sound = await new OfflineAudioContext(1, 1, 44100).decodeAudioData(bytes);
  const samples = sound.getChannelData(0), [width, height] = [canvas.width = canvas.clientWidth, canvas.height = canvas.clientHeight];
  const brush = canvas.getContext("2d"), style = getComputedStyle(document.documentElement);
  const paint = () => {
    brush.clearRect(0, 0, width, height);
    brush.fillStyle = style.getPropertyValue("--odd-ground");
    for (const part of all("[data-loop]", canvas.parentElement)) {
      const [from, to] = part.dataset.loop.split(" ").map(Number);
      brush.fillRect(width * from / sound.duration, 0, Math.max(2, width * (to - from) / sound.duration), height);
    }
    brush.fillStyle = getComputedStyle(canvas).color;
    const each = samples.length / width;
    for (let x = 0; x < width; x++) {
      let most = 0;
      for (let at = Math.floor(x * each); at < (x + 1) * each; at += Math.max(1, Math.floor(each / 200))) most = Math.max(most, Math.abs(samples[at]));
      const tall = Math.max(1, most * height);
      brush.fillRect(x, (height - tall) / 2, 1, tall);
    }
    brush.fillRect(width * player.currentTime / sound.duration, 0, 2, height);
  };
  canvas.onclick = event => { player.currentTime = sound.duration * event.offsetX / width; };
  player.addEventListener("timeupdate", paint);
  paint();
  canvas.dataset.drawn = "yes";
}

localTimes(document);
watch();
countDown();
setInterval(countDown, 1000);
// A sound that cannot be read is still heard: its picture is all that is missing.
all("canvas.wave").forEach(canvas => wave(canvas).catch(() => { canvas.hidden = true; }));
