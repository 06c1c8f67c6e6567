// Sends a form until it has arrived: what a bad network loses is sent again, and each step is told.
const WAITS = [1, 2, 4, 8, 15, 30]; // seconds before each further try
const STALLED = 30_000; // milliseconds without any progress, after which a try is given up
const PASSING = new Set([0, 429, 502, 503, 504]); // what may be better the next time; 0 is no answer at all

/** What comes of it: `{status, page}`, or null where it was given up. */
export class Upload {
  constructor(address, { headers = {}, isAnswer = Boolean, onProgress = () => {}, onWait = () => {} }) {
    Object.assign(this, { address, headers, isAnswer, onProgress, onWait });
    this.stopped = false;
  }

  async send(form) {
    for (let turn = 0; ; turn += 1) {
      const answer = await this.once(form);
      if (this.stopped) return null;
      if (!PASSING.has(answer.status) || this.isAnswer(answer.page) || turn >= WAITS.length) return answer;
      await this.wait(Math.max(WAITS[turn], answer.after), turn + 2);
      if (this.stopped) return null;
    }
  }

  stop() {
    this.stopped = true;
    this.request?.abort();
    this.wake?.();
  }

  now() {
    this.wake?.();
  }

  once(form) {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      this.request = request;
      const none = () => resolve({ status: 0, page: null, after: 0 });
      let timer = 0;
      const alive = () => {
        clearTimeout(timer);
        timer = setTimeout(() => request.abort(), STALLED);
      };
      request.open("POST", this.address);
      request.responseType = "document";
      for (const [name, value] of Object.entries(this.headers)) request.setRequestHeader(name, value);
      request.upload.addEventListener("progress", (event) => {
        alive();
        if (event.lengthComputable) this.onProgress(event.loaded / event.total);
      });
      request.addEventListener("progress", alive);
      request.addEventListener("load", () => {
        const after = Number(request.getResponseHeader("Retry-After")) || 0;
        resolve({ status: request.status, page: request.response, after });
      });
      request.addEventListener("error", none);
      request.addEventListener("abort", none);
      request.addEventListener("loadend", () => clearTimeout(timer));
      alive();
      request.send(form);
    });
  }

  /** Wait some seconds, or until the network is back, or until somebody is tired of waiting. */
  wait(seconds, turn) {
    return new Promise((resolve) => {
      let left = Math.ceil(seconds);
      const tell = () => this.onWait({ left, turn, most: WAITS.length + 1, offline: !navigator.onLine });
      const clock = setInterval(() => {
        left -= navigator.onLine ? 1 : 0;
        if (left <= 0) done();
        else tell();
      }, 1000);
      const done = () => {
        clearInterval(clock);
        window.removeEventListener("online", done);
        resolve();
      };
      this.wake = done;
      window.addEventListener("online", done);
      tell();
    });
  }
}
