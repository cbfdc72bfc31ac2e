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
async function refresh(unattended) {
  if (fetching) { again = true; return; }
  fetching = true;
  try {
    // Looking by itself keeps nobody signed in.
    const headers = unattended === true ? { accept: "text/html", "x-unattended": "1" } : { accept: "text/html" };
    const answer = await fetch(location.href, { headers, credentials: "same-origin" });
    if (answer.redirected || answer.status === 404) { location.reload(); return; }
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of all("[data-live]")) {
      const next = one(`[data-live="${CSS.escape(part.dataset.live)}"]`, fresh);
      if (next && !busy(part)) renew(part, next);
    }
  } catch {
    // The line is down: the next look is soon enough.
  } finally {
    fetching = false;
    if (again) { again = false; setTimeout(refresh, 400); }
  }
}

// Nobody loses what they are writing.
const busy = part => all("input:not([type=hidden]), textarea", part).some(field => field === document.activeElement || field.value !== field.defaultValue);

function renew(part, next) {
  if (next.dataset.poll) part.dataset.poll = next.dataset.poll;
  const [list, fresh] = [one("[data-list]", part), one("[data-list]", next)];
  if (list && fresh && one(":scope > [data-key]", fresh)) return merge(list, fresh);
  if (next.innerHTML === part.dataset.was) return;
  part.dataset.was = next.innerHTML;
  const place = trail(part, document.activeElement), open = all("details[open]", part).map(it => trail(part, it));
  part.replaceChildren(...next.childNodes);
  localTimes(part);
  open.forEach(it => { const found = at(part, it); if (found && found.localName === "details") found.open = true; });
  const focus = place && at(part, place);
  if (focus) focus.focus({ preventScroll: true });
}
const trail = (part, element) => { if (element === part || !part.contains(element)) return null; const own = [...element.parentElement.children].indexOf(element); return [...(trail(part, element.parentElement) || []), own]; };
const at = (part, places) => places.reduce((here, place) => here && here.children[place], part);

// Entries stay what they are until their edition changes: pictures are not loaded again, and who is going through a list keeps their place.
function merge(list, fresh) {
  const old = new Map([...list.children].map(entry => [entry.dataset.key, entry])), wanted = new Set([...fresh.children].map(entry => entry.dataset.key));
  const was = [...list.children].findIndex(entry => entry.getAttribute("aria-current") === "true"), held = list.contains(document.activeElement);
  old.forEach((entry, key) => { if (!wanted.has(key)) entry.remove(); });
  [...fresh.children].forEach((entry, place) => {
    const known = old.get(entry.dataset.key);
    if (known && known.dataset.edition === entry.dataset.edition) {
      if (list.children[place] !== known) list.insertBefore(known, list.children[place] || null);
      return;
    }
    localTimes(entry);
    if (!known) { list.insertBefore(entry, list.children[place] || null); return; }
    const current = known.getAttribute("aria-current"), focused = known.contains(document.activeElement);
    known.replaceWith(entry);
    if (current) entry.setAttribute("aria-current", current);
    if (focused) one("a[href]", entry).focus({ preventScroll: true });
  });
  // What was chosen may be gone: then the one that took its place is.
  if (was >= 0 && chosen() < 0) choose(was, held);
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
function choose(place, go = true) {
  const list = entries();
  if (!list.length) return;
  const next = list[Math.max(0, Math.min(list.length - 1, place))];
  list.forEach(entry => entry.removeAttribute("aria-current"));
  next.setAttribute("aria-current", "true");
  if (!go) return;
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
document.addEventListener("click", event => all(".bar details[open]").filter(menu => !menu.contains(event.target)).forEach(menu => { menu.open = false; }));
document.addEventListener("keydown", event => { if (event.key === "Escape") all(".bar details[open]").forEach(menu => { menu.open = false; one("summary", menu).focus(); }); });

// What cannot be undone is asked for twice.
document.addEventListener("submit", event => {
  const question = event.target.dataset.ask;
  if (question && !confirm(question)) event.preventDefault();
});

// ---- reviews: decided by keys as well as by hand ----

const stage = () => one("[data-stage]");
const press = what => { const button = one(`[data-key="${what}"]`); if (button && !button.disabled) button.click(); return !!button; };

Object.assign(keys, {
  a: () => press("a"), r: () => press("r"), m: () => press("m"), u: () => press("u"),
  e: () => { const form = one("#edit"); if (!form) return false; form.open = true; one("select, input:not([type=hidden])", form).focus(); },
  g: () => { const note = one("#note"); if (note) note.focus(); return !!note; },
  c: () => flip("comparing", "c"), z: () => flip("zoomed", "z"),
  ",": () => step(-1), ".": () => step(1), l: () => nextLoop(),
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

// ---- another file in an asset's place, and the point of a picture that stays in view ----

// The file goes straight into the bucket; then the form says where it is.
let sending = null;
document.addEventListener("submit", event => {
  const form = event.target, chooser = form.dataset.upload && one("input[type=file]", form), file = chooser && chooser.files[0];
  if (!file || form.elements.upload.value) return;
  event.preventDefault();
  if (!sending) send(form, file, event.submitter);
});
async function send(form, file, button) {
  const shown = one(".sending", form), bar = one("progress", shown), words = one("output", shown), most = Number(one("input[type=file]", form).dataset.most);
  const say = text => { words.textContent = text; };
  shown.hidden = false;
  bar.hidden = false;
  bar.value = 0;
  button.disabled = true;
  sending = new XMLHttpRequest();
  try {
    if (file.size > most) throw new Error(`The file has ${(file.size / 2 ** 20).toFixed(1)} MB, and at most ${most / 2 ** 20} MB are taken.`);
    say("Asking for room …");
    const body = new URLSearchParams({ csrf: form.elements.csrf.value, media_type: file.type, bytes: file.size });
    const answer = await fetch(form.dataset.upload, { method: "POST", body, credentials: "same-origin" });
    if (!answer.ok) throw new Error(one("main p", new DOMParser().parseFromString(await answer.text(), "text/html")).textContent);
    const ticket = await answer.json();
    await put(sending, ticket, file, share => { bar.value = share; say(`${Math.round(share * 100)} % of ${(file.size / 2 ** 20).toFixed(1)} MB sent`); });
    form.elements.upload.value = ticket.upload;
    say("Sent. Deciding …");
    button.disabled = false;
    form.requestSubmit(button);
  } catch (trouble) {
    bar.hidden = true;
    say(trouble.message || "It was not sent. Nothing was decided.");
  } finally {
    sending = null;
    button.disabled = false;
  }
}
function put(wire, ticket, file, tell) {
  return new Promise((done, failed) => {
    wire.upload.onprogress = event => { if (event.lengthComputable) tell(event.loaded / event.total); };
    wire.onload = () => (wire.status < 300 ? done() : failed(new Error(`The store answered ${wire.status}: choose the file again. Nothing was decided.`)));
    wire.onerror = () => failed(new Error("The line broke. Nothing was decided: send it again."));
    wire.onabort = () => failed(new Error("Stopped. Nothing was decided."));
    wire.open("PUT", ticket.url);
    for (const [name, value] of Object.entries(ticket.headers)) if (name.toLowerCase() !== "host") wire.setRequestHeader(name, value);
    wire.send(file);
  });
}
document.addEventListener("click", event => { if (event.target.closest("[data-stop]") && sending) sending.abort(); });

const subject = () => { const form = one("#edit form"); return form && one(`[data-candidate="${CSS.escape(form.elements.subject.value)}"] .after`); };
document.addEventListener("change", event => {
  const form = event.target.closest("#edit form");
  if (!form) return;
  if (event.target.type === "file") {
    form.elements.upload.value = "";
    one(".sending", form).hidden = true;
    preview(event.target.files[0]);
  }
  if (event.target.name === "subject") {
    const told = event.target.selectedOptions[0].dataset;
    for (const name of ["alt", "caption", "x", "y"]) if (form.elements[name]) form.elements[name].value = told[name] || "";
    one("input[type=file]", form).accept = told.accept;
    preview(null);
    spot();
  }
});
// What was chosen is seen in the place of what it replaces.
function preview(file) {
  all(".look .chosen").forEach(it => { URL.revokeObjectURL(it.src); it.remove(); });
  all(".look.hides").forEach(it => it.classList.remove("hides"));
  const look = file && subject() && one(".look", subject());
  if (!look) return;
  const kind = file.type.split("/")[0], shown = document.createElement(kind === "image" ? "img" : kind === "audio" ? "audio" : "video");
  shown.className = "chosen";
  shown.alt = "The file that was chosen";
  shown.controls = true;
  shown.src = URL.createObjectURL(file);
  look.classList.add("hides");
  look.append(shown);
}

// The point is picked on the picture, or typed; either way it is seen.
function spot() {
  const form = one("#edit form");
  if (!form || !form.elements.x) return;
  all(".look .spot").forEach(it => it.remove());
  const look = subject() && one(".look", subject()), picture = look && (one("img.chosen", look) || one("img", look)), [x, y] = [form.elements.x.value, form.elements.y.value];
  if (!picture || x === "" || y === "") return;
  const mark = document.createElement("span");
  mark.className = "spot";
  mark.style.left = `${picture.offsetLeft + picture.clientWidth * x / 100}px`;
  mark.style.top = `${picture.offsetTop + picture.clientHeight * y / 100}px`;
  look.append(mark);
}
function picking(on) {
  const button = one("[data-pick]"), place = stage();
  if (!button || !place) return;
  button.setAttribute("aria-pressed", String(on));
  place.classList.toggle("picking", on);
}
document.addEventListener("click", event => {
  if (event.target.closest("[data-pick]")) { picking(one("[data-pick]").getAttribute("aria-pressed") !== "true"); return; }
  const form = one("#edit form"), picture = event.target.closest(".picking .after .look img");
  if (!picture || !subject().contains(picture)) return;
  form.elements.x.value = (100 * event.offsetX / picture.clientWidth).toFixed(1);
  form.elements.y.value = (100 * event.offsetY / picture.clientHeight).toFixed(1);
  picking(false);
  spot();
  form.elements.x.focus();
});
document.addEventListener("input", event => { if (event.target.closest(".focal")) spot(); });
window.addEventListener("resize", spot);

// ---- films and sounds ----

const film = () => one("[data-stage] .after video") || one("[data-stage] video");
// A frame is shown from its own time on: its middle is never taken for its neighbour's.
function step(frames) {
  const player = film();
  if (!player) return false;
  const fps = Number(player.closest("[data-player]").dataset.fps || 25);
  player.pause();
  const here = Math.floor(player.currentTime * fps + 1e-4), end = player.duration || 0;
  player.currentTime = Math.min(end, (Math.max(0, here + frames) + 0.5) / fps);
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
  all("video, audio").forEach(other => { other.ontimeupdate = null; if (other !== player) other.pause(); });
  button.setAttribute("aria-pressed", String(on));
  const [from, to] = button.dataset.loop.split(" ").map(Number);
  player.ontimeupdate = on ? () => {
    if (player.currentTime < to && from - 0.3 <= player.currentTime) return;
    const over = player.ended;
    player.currentTime = from;
    if (over) play(player);
  } : null;
  if (on) { player.currentTime = from; play(player); } else player.pause();
}
// What is stopped before it began complains, to nobody's use.
const play = player => player.play().catch(() => {});
// From one flagged stretch to the next, and after the last to none.
function nextLoop() {
  const loops = all("[data-loop]"), on = loops.findIndex(it => it.getAttribute("aria-pressed") === "true");
  if (loops.length) (loops[on + 1] || loops[on]).click();
  return loops.length > 0;
}

// A sound as it looks; a click goes there.
async function wave(canvas) {
  const player = canvas.closest("[data-player]").querySelector("audio, video");
  const bytes = await (await fetch(player.currentSrc || player.src)).arrayBuffer();
  const sound = await new OfflineAudioContext(1, 1, 44100).decodeAudioData(bytes);
  const samples = sound.getChannelData(0), brush = canvas.getContext("2d");
  const paint = () => {
    const [width, height] = [canvas.width = canvas.clientWidth, canvas.height = canvas.clientHeight], style = getComputedStyle(canvas);
    // Behind what is heard, the seconds that were found fault with.
    brush.fillStyle = style.borderTopColor;
    brush.globalAlpha = 0.3;
    for (const part of all("[data-loop]", canvas.parentElement)) {
      const [from, to] = part.dataset.loop.split(" ").map(Number);
      brush.fillRect(width * from / sound.duration, 0, Math.max(2, width * (to - from) / sound.duration), height);
    }
    brush.globalAlpha = 1;
    brush.fillStyle = style.color;
    const each = samples.length / width;
    for (let x = 0; x < width; x++) {
      let most = 0;
      for (let at = Math.floor(x * each); at < (x + 1) * each; at += Math.max(1, Math.floor(each / 200))) most = Math.max(most, Math.abs(samples[at]));
      const tall = Math.max(1, most * height);
      brush.fillRect(x, (height - tall) / 2, 1, tall);
    }
    brush.fillRect(width * player.currentTime / sound.duration, 0, 2, height);
  };
  canvas.onclick = event => { player.currentTime = sound.duration * event.offsetX / canvas.clientWidth; };
  player.addEventListener("timeupdate", paint);
  window.addEventListener("resize", paint);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  paint();
  canvas.dataset.drawn = "yes";
}

localTimes(document);
watch();
poll();
spot();
countDown();
setInterval(countDown, 1000);
// A sound that cannot be read is still heard: its picture is all that is missing.
all("canvas.wave").forEach(canvas => wave(canvas).catch(() => { canvas.hidden = true; }));
