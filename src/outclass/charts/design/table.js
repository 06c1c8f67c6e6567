// The form of a record: marks the fields that cannot be read, as the server or the browser says.
// The answer itself is exchanged by htmx; without script the form posts and the page comes back whole.

const form = document.querySelector("[data-table]");
const fields = form?.querySelector("#fields");

/** The element that says what is wrong with a field, and the fields that it is about. */
function noteOf(field) {
  return document.getElementById(`${field.id}-note`);
}

/** What the browser could not read is empty to the server: say so here. */
function tellUnreadable(field) {
  const note = noteOf(field);
  if (!note) return;
  note.querySelector("[data-unreadable]")?.remove();
  if (!field.validity.badInput) return;
  const said = document.createElement("p");
  said.className = "field__error";
  said.dataset.unreadable = "";
  said.textContent = "This is no number, and counts as not known.";
  note.append(said);
}

function mark() {
  for (const field of fields.querySelectorAll("input:not([type=radio]), select, textarea, [role=radiogroup]")) {
    if (field.type === "number") tellUnreadable(field);
    const wrong =
      field.validity?.badInput || noteOf(field)?.querySelector(".field__error") || form.querySelector(`[data-cell="${field.id}"]`);
    if (wrong) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
}

/** An answer that did not come must not be taken for the one from before. */
function tellUnanswered(event) {
  form.querySelector("[data-unanswered]").hidden = event.type === "htmx:afterSettle";
}

if (form) {
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:afterSettle"]) document.body.addEventListener(name, tellUnanswered);
  fields.addEventListener("input", mark);
  document.body.addEventListener("htmx:afterSettle", mark);
  form.dataset.ready = "";
}
