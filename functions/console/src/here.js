// Pages that look by themselves, and forms whose result is seen where they stand.

// A page that is looked at asks now and then whether something is new: how soon again it says each time.
function poll() {
  const pace = () => Math.min(...all("[data-poll]").map(part => Number(part.dataset.poll)));
  if (!all("[data-poll]").length) return;
  const look = async () => { if (!document.hidden) await refresh(true); };
  const next = () => setTimeout(async () => { await look(); next(); }, 1000 * pace());
  next();
  document.addEventListener("visibilitychange", look);
}

// What a form came to is told beside its button, and the page looks at once; without this it is loaded anew.
document.addEventListener("submit", async event => {
  const form = event.target;
  if (event.defaultPrevented || !("here" in form.dataset)) return;
  event.preventDefault();
  const button = one("button", form), said = one("output", form);
  const tell = words => { said.textContent = words; };
  button.disabled = true;
  tell("Asking …");
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), credentials: "same-origin" });
    const why = answer.ok ? null : one("main p", new DOMParser().parseFromString(await answer.text(), "text/html"));
    tell(answer.ok ? form.dataset.here : why ? why.textContent : "It was not done. Load the page again.");
    const told = one("#told");
    if (told) told.textContent = said.textContent;
    if (answer.ok) await refresh(); else button.disabled = false;
  } catch {
    tell("The line broke. Load the page again to see what came of it.");
    button.disabled = false;
  }
});
