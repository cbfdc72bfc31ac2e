// Publications are dragged to another day; their form does the same without.
document.addEventListener("dragstart", event => {
  const entry = event.target.closest(".entry[draggable]");
  if (!entry) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", one("[data-move]", entry).action);
});
document.addEventListener("dragover", event => { if (event.target.closest("[data-day]")) event.preventDefault(); });
document.addEventListener("drop", event => {
  const day = event.target.closest("[data-day]"), wanted = event.dataTransfer.getData("text/plain");
  const form = day && all("[data-move]").find(form => form.action === wanted);
  if (!form) return;
  event.preventDefault();
  const field = form.elements.at, clock = field.value.slice(11);
  if (field.value.slice(0, 10) === day.dataset.day) return;
  field.value = `${day.dataset.day}T${clock}`;
  form.requestSubmit();
});
