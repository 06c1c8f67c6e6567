// The theme switch: works as a form post without this script; with it the page changes at once, without a reload.
const root = document.documentElement;
const form = document.querySelector("[data-theme-form]");

function current() {
  if (root.dataset.theme) return root.dataset.theme;
  return matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
}

function label() {
  const next = current() === "dark" ? "light" : "dark";
  const button = form.querySelector("button");
  button.value = next;
  button.setAttribute("aria-label", `Switch to the ${next} theme`);
}

if (form) {
  label();
  matchMedia("(prefers-color-scheme: light)").addEventListener("change", label);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const next = form.querySelector("button").value;
    const body = new FormData(form);
    body.set("theme", next);
    root.dataset.theme = next;
    label();
    // The server keeps the choice in a cookie, so that the next page comes in the right theme from the start.
    fetch(form.action, { method: "POST", body, headers: { "X-Requested-With": "fetch" } }).catch(() => {});
  });
}
