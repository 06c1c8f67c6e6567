// Asks the prediction service: throttled, one request in flight, and always the newest input last.

/** An answer that is an error, with words for the reader. */
export class AskError extends Error {}

async function explain(response) {
  const wait = Number(response.headers.get("Retry-After"));
  if (response.status === 429) {
    return { text: `That was a lot of questions. Try again in ${wait > 1 ? `${wait} seconds` : "a moment"}.`, wait };
  }
  const problem = await response.json().catch(() => ({}));
  return { text: problem.detail || problem.title || `The service answered ${response.status}.`, wait: 0 };
}

export class Asker {
  constructor(address, { every = 350, onBusy, onAnswer, onError }) {
    Object.assign(this, { address, every, onBusy, onAnswer, onError });
    this.next = null;
    this.flying = false;
    this.timer = 0;
    this.last = 0;
    this.notBefore = 0;
    this.turn = 0;
  }

  /** Ask soon; a newer question replaces one that still waits. `make` gives the body and its type when it is due. */
  ask(make, { now = false } = {}) {
    this.next = make;
    const due = Math.max(this.notBefore, now ? 0 : this.last + this.every);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), Math.max(0, due - performance.now()));
  }

  /** Forget what waits, and what is on its way. */
  drop() {
    clearTimeout(this.timer);
    this.next = null;
    this.turn += 1;
    this.onBusy(false);
  }

  async send() {
    if (this.flying || !this.next) return;
    const make = this.next;
    const turn = this.turn;
    this.next = null;
    this.flying = true;
    this.last = performance.now();
    this.onBusy(true);
    try {
      const answer = await this.post(await make());
      if (turn === this.turn) this.onAnswer(answer);
    } catch (error) {
      if (turn === this.turn) this.onError(error instanceof AskError ? error.message : "The service cannot be reached.");
    } finally {
      this.flying = false;
      if (turn === this.turn) this.onBusy(Boolean(this.next));
      if (this.next) this.ask(this.next);
    }
  }

  async post({ body, type }) {
    const started = performance.now();
    const response = await fetch(this.address(), { method: "POST", headers: { "Content-Type": type }, body });
    if (!response.ok) {
      const { text, wait } = await explain(response);
      this.notBefore = performance.now() + 1000 * wait;
      throw new AskError(text);
    }
    const answer = await response.json();
    return { ...answer, roundTrip: performance.now() - started };
  }
}
