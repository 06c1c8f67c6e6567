// The page where anyone pastes a message: the model is loaded once, and answers here while somebody types.
// Nothing that is typed leaves the browser, unless the person sends it with a correction.
import { LinearText } from "./linear-text.js";
import { markedNodes, reasonsFor, signed, weightiest } from "./marks.js";
import { percent } from "./words.js";

const QUIET = 900; // milliseconds without a key, after which the answer is also spoken
const MANY = 4;
const WARM = "See you at 7, or call 555 0100: the parcel is here, https://example.org!"; // so that the first key is quick
const NOTHING = /^[\p{Z}\p{C}]*$/u;

const either = (names) => {
  if (names.length > MANY) return `${names.slice(0, MANY - 1).join(", ")} or another`;
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names[names.length - 1]}`;
};

/** Answer as the prediction service does: probabilities, the set that holds the truth, whether to decline. */
export function answerFor(model, signature, text) {
  if (NOTHING.test(text)) return { reason: "empty", abstained: true, members: [], probabilities: {} };
  const reading = model.read(text);
  if (reading.empty) return { reason: "empty", abstained: true, members: [], probabilities: {} };
  const probabilities = model.probabilities(reading, signature.temperature);
  const order = Object.entries(probabilities).sort((a, b) => b[1] - a[1]);
  const members = [];
  let total = 0;
  for (const [name, share] of order) {
    members.push(name);
    total += share;
    if (total >= signature.prediction_set.quantile) break;
  }
  const [name, confidence] = order[0];
  const abstained = confidence < signature.abstention.confidence;
  return { reading, name, confidence, probabilities, members, abstained, reason: abstained ? "undecided" : null };
}

/** Say in plain words why there is no answer, or what else it may be; message.py says the same. */
export function words({ reason, members }, titles) {
  const named = members.map((name) => titles[name]);
  if (reason === "empty") return "Nothing is written yet.";
  if (reason === "undecided") return `Too close to call. It may be ${either(named)}.`;
  return named.length > 1 ? `It may also be ${either(named.slice(1))}.` : "Nothing else is likely.";
}

class MessagePage {
  constructor(root) {
    this.root = root;
    this.text = this.find("text");
    this.titles = Object.fromEntries(
      [...root.querySelectorAll("[data-message-class]")].map((row) => [row.dataset.messageClass, row.dataset.title]),
    );
    this.spoken = 0;
    this.load();
  }

  find(name) {
    return this.root.querySelector(`[data-message-${name}]`);
  }

  async load() {
    const { model, signature } = this.root.dataset;
    try {
      const files = await Promise.all([model, signature].map(fetched));
      this.signature = JSON.parse(files[1]);
      this.model = LinearText.parse(files[0]);
    } catch {
      this.find("status").textContent = "The model could not be loaded: send the message with the button instead.";
      return;
    }
    this.find("status").textContent = "The model is loaded: it answers here while you type, and nothing is sent.";
    this.wire();
    answerFor(this.model, this.signature, WARM);
    this.model.explain(WARM);
    this.root.dataset.ready = "true";
    if (this.text.value) this.update();
  }

  wire() {
    this.find("ask").hidden = true;
    this.find("clear").hidden = false;
    this.find("form").addEventListener("submit", (event) => event.preventDefault());
    this.text.addEventListener("input", () => this.update());
    this.find("clear").addEventListener("click", () => this.fill(""));
    for (const link of this.root.querySelectorAll("[data-message-example]")) {
      link.addEventListener("click", () => this.fill(link.dataset.messageExample));
    }
    this.find("feedback").addEventListener("submit", (event) => this.send(event));
  }

  fill(text) {
    this.text.value = text;
    this.text.focus();
    this.update();
  }

  update() {
    const started = performance.now();
    const text = this.text.value;
    this.answer = answerFor(this.model, this.signature, text);
    this.show(text, this.answer);
    this.find("time").textContent = `${(performance.now() - started).toFixed(1)} ms, in this browser`;
    clearTimeout(this.spoken);
    this.spoken = setTimeout(() => this.speak(), QUIET);
  }

  show(text, answer) {
    const said = answered(answer, this.titles);
    this.root.dataset.state = said.state;
    for (const name of ["title", "sure", "words"]) this.find(name).textContent = said[name];
    for (const row of this.root.querySelectorAll("[data-message-class]")) {
      const share = answer.probabilities[row.dataset.messageClass];
      row.querySelector("rect").setAttribute("width", (100 * (share ?? 0)).toFixed(2));
      row.querySelector("[data-message-share]").textContent = share === undefined ? "–" : percent(share);
      row.classList.toggle("is-answer", !answer.abstained && row.dataset.messageClass === answer.name);
    }
    this.explain(text, answer);
    this.find("feedback").hidden = answer.reason === "empty";
    this.find("feedback").dataset.step = "ask";
    this.find("thanks").textContent = "";
  }

  explain(text, { name, reading }) {
    this.find("why").hidden = !name;
    if (!name) return;
    const found = reasonsFor(this.model, this.model.explain(reading), name);
    this.find("marked").replaceChildren(...markedNodes(text, found.spans));
    this.root.querySelectorAll("[data-message-answer]").forEach((place) => (place.textContent = this.titles[name]));
    const rows = weightiest(found).map(rowOf);
    this.find("reasons").replaceChildren(...(rows.length ? rows : [rowOf(null)]));
  }

  speak() {
    const { state, title, sure, words: said } = answered(this.answer, this.titles);
    this.find("announce").textContent = state === "answered" ? `${title}, ${sure}. ${said}` : said;
  }

  // --- this was wrong ---

  async send(event) {
    event.preventDefault();
    const form = event.currentTarget;
    const label = new FormData(form).get("label");
    const thanks = this.find("thanks");
    form.dataset.step = "sending";
    const answer = await posted(this.root.dataset.predict, { text: this.text.value });
    const url = answer && this.root.dataset.feedback.replace("ID", encodeURIComponent(answer.id));
    const noted = url && (await posted(url, { label }));
    form.dataset.step = noted ? "done" : "ask";
    thanks.textContent = noted
      ? "Thank you. The message and your answer were sent."
      : "That could not be sent. Please try again later.";
    if (noted) form.reset();
    thanks.focus();
  }
}

/** Return what the page says of an answer. */
function answered(answer, titles) {
  const said = words(answer, titles);
  if (answer.reason === "empty") return { state: "idle", title: "Paste a message", sure: "", words: said };
  if (answer.abstained) return { state: "abstained", title: "Not sure", sure: "", words: said };
  return { state: "answered", title: titles[answer.name], sure: `${percent(answer.confidence)} sure`, words: said };
}

function rowOf(reason) {
  const row = document.createElement("tr");
  if (!reason) {
    row.insertCell().colSpan = 2;
    row.cells[0].textContent = "Nothing in it counted for much.";
    return row;
  }
  const head = document.createElement("th");
  const word = document.createElement(reason.isWord ? "bdi" : "span");
  word.textContent = reason.title;
  if (reason.isWord) head.append("“", word, "”");
  else head.append(word);
  head.scope = "row";
  word.classList.toggle("muted", !reason.isWord);
  row.append(head);
  const cell = row.insertCell();
  cell.className = `number ${reason.value > 0 ? "win" : "lose"}`;
  cell.textContent = signed(reason.value);
  return row;
}

async function fetched(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} answers ${response.status}`);
  return response.text();
}

async function posted(address, told) {
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(told) };
  const response = await fetch(address, options).catch(() => null);
  return response?.ok ? response.json() : null;
}

for (const root of document.querySelectorAll("[data-message]")) if (root.dataset.model) new MessagePage(root);
