// Keys for the checking page: each button says its own; a form is sent once.
const form = document.querySelector("[data-check]");

const typing = (target) => target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)) return;
  const key = event.key.toLowerCase();
  const buttons = [...(form?.querySelectorAll("[data-key]") ?? [])];
  const own = buttons.find((button) => button.dataset.key === key);
  const button = own ?? buttons.find((each) => each.dataset.keyToo === key);
  if (!button) return;
  event.preventDefault();
  button.focus();
  button.click();
});

let sent = false;
form?.addEventListener("submit", (event) => {
  if (sent) event.preventDefault();
  sent = true;
});

// Back from the browser's memory of pages, the form may be sent again.
window.addEventListener("pageshow", () => (sent = false));
