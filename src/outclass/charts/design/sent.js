// Lets a file be dropped on the form, and says which one it is.
const form = document.querySelector("[data-drop]");
const zone = form?.querySelector(".sent__drop");
const input = form?.querySelector('input[type="file"]');
const hint = form?.querySelector("[data-drop-hint]");

function tell() {
  const file = input.files[0];
  if (file) hint.textContent = `${file.name}, ${Math.ceil(file.size / 1000).toLocaleString("en")} kB`;
}

if (form && zone && input && hint) {
  hint.textContent = `${hint.textContent} Or drop it here.`;
  input.addEventListener("change", tell);
  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.dataset.over = "";
    });
  }
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => delete zone.dataset.over);
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    tell();
  });
}
