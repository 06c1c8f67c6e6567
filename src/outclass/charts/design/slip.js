// The bet slip: steppers, what is left, the best case, copy and spread. The server checks everything again.
const dollars = (amount) =>
  amount.toLocaleString("en-US", {
    style: "currency",
    currency: "USD",
    maximumFractionDigits: Number.isInteger(amount) ? 0 : 2,
  });

const STEPS = [
  ["−", -1, (name) => `Take $1 off ${name}`],
  ["5", 5, (name) => `Add $5 on ${name}`],
  ["10", 10, (name) => `Add $10 on ${name}`],
  ["25", 25, (name) => `Add $25 on ${name}`],
  ["All", Infinity, (name) => `Put all that is left on ${name}`],
  ["+", 1, (name) => `Add $1 on ${name}`],
];

class Slip {
  constructor(form) {
    this.form = form;
    this.stake = Number(form.dataset.stake);
    this.advice = JSON.parse(form.dataset.advice || "{}");
    this.rows = [...form.querySelectorAll("[data-class]")].filter((row) => row.querySelector("[data-bet]"));
    this.submit = form.querySelector("[data-slip-submit]");
    this.reason = form.querySelector("[data-slip-reason]");
    for (const row of this.rows) this.addSteps(row);
    form.addEventListener("input", () => this.show());
    form.addEventListener("submit", (event) => this.check(event));
    for (const button of form.querySelectorAll("[name=fill]")) {
      button.addEventListener("click", (event) => {
        event.preventDefault();
        this.fill(button.value);
      });
    }
    this.show();
  }

  input(row) {
    return row.querySelector("[data-bet]");
  }

  value(row) {
    const value = Math.floor(Number(this.input(row).value));
    return Number.isFinite(value) && value > 0 ? value : 0;
  }

  left() {
    return this.stake - this.rows.reduce((sum, row) => sum + this.value(row), 0);
  }

  name(row) {
    return row.querySelector("label").textContent.trim();
  }

  addSteps(row) {
    const input = this.input(row);
    const stepper = input.parentElement;
    const name = this.name(row);
    for (const [text, step, label] of STEPS) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text;
      button.setAttribute("aria-label", label(name));
      button.addEventListener("click", () => this.step(row, step));
      if (step < 0) stepper.prepend(button);
      else stepper.append(button);
    }
    input.addEventListener("focus", () => input.select());
  }

  step(row, step) {
    const now = this.value(row);
    const room = Math.max(0, this.left());
    this.input(row).value = String(Math.max(0, now + Math.min(step, room)));
    this.show();
  }

  fill(kind) {
    const bets = this.bets(kind);
    this.rows.forEach((row, i) => (this.input(row).value = String(bets[i])));
    this.show();
  }

  bets(kind) {
    if (kind === "even") {
      const dealt = this.rows.filter((row) => Number(row.dataset.payout) > 0);
      const even = Math.floor(this.stake / dealt.length);
      const over = this.stake - even * dealt.length;
      return this.rows.map((row) => (dealt.includes(row) ? even + (dealt.indexOf(row) < over ? 1 : 0) : 0));
    }
    const allocation = kind.startsWith("adviser:") ? this.advice[kind.slice("adviser:".length)] : undefined;
    return this.rows.map((row) => allocation?.[row.dataset.class] ?? 0);
  }

  why() {
    const left = this.left();
    if (this.rows.some((row) => !this.input(row).validity.valid)) return "Bets are whole dollars.";
    if (left > 0) return `Bet ${dollars(left)} more: the bets must add to ${dollars(this.stake)}.`;
    if (left < 0) return `Take ${dollars(-left)} off: the bets must add to ${dollars(this.stake)}.`;
    return "";
  }

  show() {
    const best = Math.max(0, ...this.rows.map((row) => this.value(row) * Number(row.dataset.payout || 0)));
    const why = this.why();
    this.form.querySelector("[data-slip-left]").textContent = dollars(this.left());
    this.form.querySelector("[data-slip-win]").textContent = dollars(Math.round(100 * best) / 100);
    this.reason.textContent = why;
    this.submit.setAttribute("aria-disabled", String(Boolean(why)));
    for (const row of this.rows) row.classList.toggle("has-bet", this.value(row) > 0);
  }

  check(event) {
    if (event.submitter?.name === "fill") return;
    if (this.why() || this.sent) {
      event.preventDefault();
      return;
    }
    this.sent = true;
    // A page that comes back from the history must be usable again.
    addEventListener("pageshow", () => (this.sent = false), { once: true });
  }
}

for (const form of document.querySelectorAll("[data-slip]")) new Slip(form);
