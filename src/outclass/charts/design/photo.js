// The page where anyone tries a photo: camera, file, drag and drop, paste, address. It is made small here, sent
// until it has arrived, and the answer is taken out of the page that the site answers with.
import { shrinkPhoto } from "./picture.js";
import { Upload } from "./upload.js";

const ADDRESS = /^https?:\/\/\S+$/;

class PhotoPage {
  constructor(root) {
    this.root = root;
    this.form = this.find("form");
    this.upload = null;
    this.shown = "";
    this.wire();
    root.dataset.ready = "true";
  }

  find(name) {
    return this.root.querySelector(`[data-photo-${name}]`);
  }

  wire() {
    for (const input of this.root.querySelectorAll("[data-photo-file]")) {
      input.addEventListener("change", () => {
        if (input.files[0]) this.use(input.files[0]);
        input.value = "";
      });
    }
    this.root.addEventListener("click", (event) => {
      if (event.target.closest(".stage__empty")) [...this.root.querySelectorAll("[data-photo-file]")].pop().click();
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.fetch();
    });
    this.find("fetch").addEventListener("click", () => this.fetch());
    this.find("now").addEventListener("click", () => this.upload?.now());
    this.find("stop").addEventListener("click", () => this.stop());
    document.addEventListener("paste", (event) => this.paste(event));
    for (const name of ["dragover", "dragleave", "drop"]) {
      document.addEventListener(name, (event) => this.drag(event));
    }
  }

  drag(event) {
    if (![...(event.dataTransfer?.types ?? [])].some((type) => type === "Files" || type === "text/uri-list")) return;
    event.preventDefault();
    this.find("stage").classList.toggle("is-over", event.type === "dragover");
    if (event.type !== "drop") return;
    const [file] = event.dataTransfer.files;
    if (file) this.use(file);
    else this.fetch(event.dataTransfer.getData("text/uri-list").split(/\r?\n/)[0]);
  }

  paste(event) {
    const file = [...event.clipboardData.files].find((one) => one.type.startsWith("image/"));
    const text = event.clipboardData.getData("text/plain").trim();
    if (file) {
      event.preventDefault();
      this.use(file);
    } else if (ADDRESS.test(text) && !event.target.closest("input, textarea")) {
      this.fetch(text);
    }
  }

  // --- what is sent ---

  async use(file) {
    const turn = this.begin("The photo is made smaller …");
    // A kind of picture that the browser cannot read goes as it is: the site says what it accepts.
    const small = await shrinkPhoto(file).catch(() => null);
    if (turn !== this.upload) return;
    const form = this.filled();
    form.append("photo", small ?? file, "photo.jpg");
    this.show(small);
    await this.send(form, small ? { "X-Photo-Shown": "1" } : {});
  }

  async fetch(address = this.find("url").value.trim()) {
    if (!address) {
      this.find("url").focus();
      return;
    }
    this.begin("The site fetches the photo …");
    this.find("url").value = address;
    const form = this.filled();
    form.append("url", address);
    this.show(null);
    await this.send(form, {});
  }

  filled() {
    const form = new FormData();
    form.append("csrfmiddlewaretoken", this.form.elements.csrfmiddlewaretoken.value);
    const random = crypto.getRandomValues(new Uint8Array(16));
    form.append("once", [...random].map((byte) => byte.toString(16).padStart(2, "0")).join(""));
    if (this.find("keep").checked) form.append("keep", "on");
    return form;
  }

  begin(text) {
    this.upload?.stop();
    this.upload = new Upload(this.form.action, {
      isAnswer: (page) => Boolean(page?.querySelector("[data-photo]")),
      onProgress: (share) => this.sent(share),
      onWait: (waiting) => this.waits(waiting),
    });
    this.root.toggleAttribute("data-busy", true);
    this.root.dataset.state = "busy";
    this.find("answer").replaceChildren();
    this.say(text);
    return this.upload;
  }

  async send(form, headers) {
    const upload = this.upload;
    upload.headers = headers;
    const answer = await upload.send(form);
    if (upload !== this.upload) return;
    this.upload = null;
    this.root.toggleAttribute("data-busy", false);
    if (answer === null) this.say("Not sent. Choose a photo to try again.", { done: true });
    else this.take(answer);
  }

  stop() {
    this.upload?.stop();
  }

  // --- what the page shows ---

  say(text, { progress = null, waiting = false, done = false } = {}) {
    this.find("status-box").hidden = !text;
    this.find("status").textContent = text;
    this.find("waiting").hidden = !waiting;
    this.find("progress").hidden = done || waiting || !text;
    if (progress === null) this.find("progress").removeAttribute("value");
    else this.find("progress").value = Math.round(100 * progress);
  }

  sent(share) {
    if (share < 1) this.say("The photo is on its way …", { progress: share });
    else this.say("The model looks at it …");
  }

  waits({ left, turn, most, offline }) {
    const when = offline ? "There is no network: it is sent as soon as it is back." : `The network is bad: try ${turn} of ${most} in ${left} s.`;
    this.say(`${when} Nothing is lost, the photo waits here.`, { waiting: true });
  }

  show(body) {
    if (this.shown) URL.revokeObjectURL(this.shown);
    this.shown = body ? URL.createObjectURL(body) : "";
    if (!body) return;
    const photo = document.createElement("figure");
    const picture = document.createElement("img");
    photo.className = "stage__photo";
    picture.className = "stage__picture";
    picture.alt = "Your photo";
    picture.src = this.shown;
    photo.append(picture);
    this.find("stage").replaceChildren(photo);
    this.find("stage").scrollIntoView({ block: "nearest" });
  }

  take({ status, page }) {
    const found = page?.querySelector("[data-photo]");
    this.say("", { done: true });
    if (!found) {
      const text = status ? `The site answered ${status}. Try again later.` : "The site cannot be reached. Try again later.";
      this.root.dataset.state = "error";
      this.say(status === 403 ? "This page has grown old: load it again, please." : text, { done: true });
      return;
    }
    this.root.dataset.state = found.dataset.state;
    this.lay(found.querySelector("[data-photo-stage]"));
    this.find("answer").replaceChildren(...found.querySelector("[data-photo-answer]").childNodes);
    speak(this.find("announce"));
    if (this.find("answer").getBoundingClientRect().top > 0.7 * window.innerHeight) {
      this.find("answer").scrollIntoView({ block: "center", behavior: still() ? "auto" : "smooth" });
    }
  }

  /** Put the answered stage in place, with the photo that is here already. */
  lay(stage) {
    const picture = stage.querySelector("[data-photo-picture]");
    if (picture && !picture.hasAttribute("src")) picture.src = this.shown;
    this.find("stage").replaceWith(stage);
  }
}

/** A status that comes with its text is not spoken: give it the text a moment later. */
function speak(status) {
  if (!status) return;
  const text = status.textContent;
  status.textContent = "";
  setTimeout(() => (status.textContent = text), 100);
}

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// --- what people say of an answer is noted in place ---

async function sayInPlace(event) {
  const form = event.target.closest("form[data-in-place]");
  if (!form) return;
  event.preventDefault();
  const part = form.closest("[data-own]");
  const answer = await new Upload(form.action, {}).once(new FormData(form));
  const found = answer.page?.querySelector(`[data-own="${part.dataset.own}"]`);
  if (!found) {
    form.submit();
    return;
  }
  part.replaceWith(found);
  speak(found.querySelector("[role=status]"));
}

document.addEventListener("submit", sayInPlace);
for (const root of document.querySelectorAll("[data-photo]")) new PhotoPage(root);
