// The draw page: pad on one side, what the model says on the other.
import { Asker } from "./asker.js";
import { Pad } from "./pad.js";
import { shrink } from "./picture.js";
import { bet, percent, words } from "./words.js";

class DrawPage {
  constructor(root) {
    this.root = root;
    this.pad = new Pad(this.find("canvas"), {
      cursor: this.find("cursor"),
      announce: (text) => (this.find("announce").textContent = text),
    });
    this.asker = new Asker(() => root.dataset.url + (this.find("keep")?.checked ? "&keep=1" : ""), {
      onBusy: (busy) => root.toggleAttribute("data-busy", busy),
      onAnswer: (answer) => this.show(answer),
      onError: (text) => this.showError(text),
    });
    this.settled = false;
    this.wire();
    this.idle();
    root.dataset.ready = "true";
  }

  find(name) {
    return this.root.querySelector(`[data-draw-${name}]`);
  }

  wire() {
    const canvas = this.find("canvas");
    canvas.addEventListener("change", () => this.drawn());
    canvas.addEventListener("stroke", () => this.predict({ now: true, settled: true }));
    canvas.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.predict({ now: true, settled: true });
    });
    this.find("predict").addEventListener("click", () => this.predict({ now: true, settled: true }));
    this.find("undo").addEventListener("click", () => this.pad.undo());
    this.find("clear").addEventListener("click", () => this.pad.clear());
    this.wireUpload();
    this.root.querySelectorAll("[data-draw-vote]").forEach((button) => {
      button.addEventListener("click", () => this.vote(button));
    });
  }

  wireUpload() {
    const input = document.querySelector("[data-draw-file]");
    if (!input) return;
    input.accept = "image/*";
    input.addEventListener("change", () => this.upload(input));
    input.form.addEventListener("submit", (event) => event.preventDefault());
  }

  drawn() {
    this.find("hint").hidden = this.pad.strokes.length > 0;
    if (this.find("live")?.checked ?? true) this.predict({});
  }

  predict({ now = false, settled = false }) {
    if (this.pad.empty) {
      this.asker.drop();
      this.idle();
      return;
    }
    this.settled = settled;
    this.asker.ask(() => ({ body: this.pad.bytes(), type: "application/octet-stream" }), { now });
  }

  async upload(input) {
    const [file] = input.files;
    if (!file) return;
    this.pad.clear();
    this.settled = true;
    this.root.scrollIntoView({ block: "nearest" });
    try {
      const body = await shrink(file);
      this.asker.ask(() => ({ body, type: "image/png" }), { now: true });
    } catch {
      this.showError("This file is no picture that the browser can read.");
    }
    input.value = "";
  }

  // --- what the page shows ---

  state(name) {
    this.root.dataset.state = name;
  }

  idle() {
    this.state("idle");
    this.answer = null;
    this.find("digit").textContent = "?";
    this.find("sure").textContent = "Draw a digit";
    this.find("words").textContent = "The model answers while you draw.";
    this.find("bet").textContent = "";
    this.find("announce-answer").textContent = "";
    this.bars({});
    this.saw(null);
  }

  show(answer) {
    this.answer = answer;
    this.state(answer.abstained ? "abstained" : "answered");
    this.find("digit").textContent = answer.abstained ? "?" : answer.answer;
    this.find("sure").textContent = answer.abstained ? "Not sure enough" : `${percent(answer.confidence)} sure`;
    this.find("words").textContent = words(answer);
    this.find("bet").textContent = answer.reason === null ? bet(answer.probabilities) : "";
    this.bars(answer.probabilities, answer.answer);
    this.saw(answer.seen);
    this.fact("model", answer.model);
    this.fact("time", `${answer.milliseconds.toFixed(1)} ms, ${Math.round(answer.roundTrip)} ms with the network`);
    if (!this.settled) return;
    this.find("announce-answer").textContent = answer.abstained
      ? words(answer)
      : `The model reads ${answer.answer}, ${percent(answer.confidence)} sure. ${words(answer)}`;
    this.askBack();
  }

  showError(text) {
    this.state("error");
    this.find("digit").textContent = "!";
    this.find("sure").textContent = "No answer";
    this.find("words").textContent = text;
    this.find("bet").textContent = "";
    this.find("announce-answer").textContent = text;
    this.bars({});
  }

  bars(probabilities, answer) {
    for (const row of this.root.querySelectorAll("[data-draw-class]")) {
      const share = probabilities[row.dataset.drawClass] ?? 0;
      row.querySelector("rect").setAttribute("width", (100 * share).toFixed(2));
      row.querySelector("[data-draw-share]").textContent = row.dataset.drawClass in probabilities ? percent(share) : "–";
      row.classList.toggle("is-answer", row.dataset.drawClass === answer);
    }
  }

  saw(seen) {
    const canvas = this.find("seen");
    const context = canvas.getContext("2d");
    const picture = context.createImageData(28, 28);
    for (let i = 0; i < 784; i += 1) {
      const value = seen ? seen[i] : 0;
      picture.data.set([value, value, value, 255], 4 * i);
    }
    context.putImageData(picture, 0, 0);
  }

  fact(name, text) {
    const place = this.find(name);
    if (place) place.textContent = text;
  }

  // --- was it right? ---

  askBack() {
    const box = this.find("feedback");
    if (!box) return;
    box.hidden = false;
    box.dataset.step = this.answer.abstained ? "which" : "ask";
    this.find("thanks").textContent = "";
  }

  async vote(button) {
    const box = this.find("feedback");
    if (button.dataset.drawVote === "no") {
      box.dataset.step = "which";
      box.querySelector(".feedback__digits button").focus();
      return;
    }
    const label = button.dataset.drawVote === "yes" ? this.answer.answer : button.dataset.drawVote;
    const body = JSON.stringify({ label });
    const url = this.root.dataset.feedback.replace("ID", encodeURIComponent(this.answer.id));
    const response = await fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body }).catch(
      () => null,
    );
    box.dataset.step = "done";
    const thanks = this.find("thanks");
    thanks.textContent = response?.ok ? "Thank you, noted." : "That could not be saved. Please try again later.";
    thanks.focus();
  }
}

for (const root of document.querySelectorAll("[data-draw]")) new DrawPage(root);
