// The drawing pad: pointer (mouse, touch, pen) and keyboard, white on black, undo.
import { Raster } from "./raster.js";

export const BRUSH = 0.072; // width of the brush as a share of the pad's side
const SIDE = 112; // side of the ink that the model is sent
const BITMAP = 1000; // side of the canvas bitmap: sharp at every zoom, as positions are mapped, never copied
const KEY_STEP = 1 / 28;
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const clamp = (value) => Math.min(1, Math.max(0, value));

/** Fires "change" on its canvas after every change, and "stroke" at the end of a stroke. */
export class Pad {
  constructor(canvas, { cursor, announce }) {
    this.canvas = canvas;
    this.cursor = cursor;
    this.announce = announce;
    this.strokes = [];
    this.raster = new Raster(SIDE, BRUSH / 2);
    this.pointer = null;
    this.pen = { x: 0.5, y: 0.2, down: false };
    canvas.width = BITMAP;
    canvas.height = BITMAP;
    this.context = canvas.getContext("2d");
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(end, (event) => this.release(event));
    }
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("focus", () => this.showCursor());
    canvas.addEventListener("blur", () => {
      this.liftPen();
      this.pointed(false);
    });
    this.paintAll();
  }

  get empty() {
    return this.raster.empty;
  }

  /** Return the ink as bytes, row by row, 255 is ink. */
  bytes() {
    return this.raster.ink.slice();
  }

  // --- pointer ---

  /** Map a pointer to the pad. The box is measured at every event, so zoom, scroll and resize cannot shift it. */
  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return {
      x: (event.clientX - box.left) / box.width,
      y: (event.clientY - box.top) / box.height,
    };
  }

  press(event) {
    if (this.pointer !== null || (event.pointerType === "mouse" && event.button !== 0)) return;
    event.preventDefault();
    this.pointed(true);
    this.canvas.focus({ preventScroll: true });
    this.pointer = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    this.begin(this.place(event));
  }

  move(event) {
    if (event.pointerId !== this.pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) this.extend(this.place(each));
    this.changed();
  }

  release(event) {
    if (event.pointerId !== this.pointer) return;
    this.pointer = null;
    this.ended();
  }

  // --- keyboard ---

  key(event) {
    if (!this.pointer) this.pointed(false);
    if (event.altKey || ((event.ctrlKey || event.metaKey) && event.key !== "z")) return;
    const move = MOVES[event.key];
    if (move) this.step(move, event.shiftKey ? KEY_STEP / 4 : KEY_STEP);
    else if (event.key === " ") this.togglePen();
    else if (event.key === "Backspace" || event.key === "z") this.undo();
    else if (event.key === "Delete") this.clear();
    else return;
    event.preventDefault();
  }

  step([x, y], size) {
    this.pen.x = clamp(this.pen.x + x * size);
    this.pen.y = clamp(this.pen.y + y * size);
    if (this.pen.down) {
      this.extend({ x: this.pen.x, y: this.pen.y });
      this.changed();
    }
    this.showCursor();
  }

  togglePen() {
    if (this.pen.down) {
      this.liftPen();
      return;
    }
    this.pen.down = true;
    this.begin({ x: this.pen.x, y: this.pen.y });
    this.showCursor();
    this.say("Pen down");
  }

  liftPen() {
    if (this.pen.down) {
      this.pen.down = false;
      this.say("Pen up");
      this.ended();
    }
    this.showCursor();
  }

  say(text) {
    const [column, row] = [this.pen.x, this.pen.y].map((value) => Math.round(value * 28));
    this.announce(`${text}, ${column} across, ${row} down of 28.`);
  }

  /** Tell the pad's frame whether it is used by pointer, which needs no focus ring and no pen mark. */
  pointed(by) {
    this.canvas.parentElement.classList.toggle("is-pointed", by);
    this.showCursor();
  }

  showCursor() {
    const keyed = document.activeElement === this.canvas && !this.canvas.parentElement.classList.contains("is-pointed");
    this.cursor.hidden = !keyed;
    this.cursor.classList.toggle("is-down", this.pen.down);
    this.cursor.style.setProperty("left", `${100 * this.pen.x}%`);
    this.cursor.style.setProperty("top", `${100 * this.pen.y}%`);
  }

  // --- strokes ---

  begin(point) {
    this.strokes.push([point]);
    this.paint(point, point);
    this.changed();
  }

  extend(point) {
    const stroke = this.strokes.at(-1);
    const last = stroke.at(-1);
    if (Math.hypot(point.x - last.x, point.y - last.y) < 0.001) return;
    stroke.push(point);
    this.paint(last, point);
  }

  undo() {
    if (this.pointer !== null || !this.strokes.length) return;
    this.pen.down = false;
    this.strokes.pop();
    this.paintAll();
    this.announce(this.strokes.length ? "The last stroke is gone." : "The pad is empty.");
    this.changed();
    this.ended();
  }

  clear() {
    this.pointer = null;
    this.pen.down = false;
    this.strokes = [];
    this.paintAll();
    this.announce("The pad is empty.");
    this.changed();
    this.ended();
  }

  paintAll() {
    this.raster.clear();
    this.context.fillStyle = "#000";
    this.context.fillRect(0, 0, BITMAP, BITMAP);
    for (const stroke of this.strokes) {
      stroke.forEach((point, i) => this.paint(stroke[Math.max(0, i - 1)], point));
    }
  }

  paint(a, b) {
    const { context } = this;
    context.fillStyle = context.strokeStyle = "#fff";
    context.lineWidth = BRUSH * BITMAP;
    context.beginPath();
    context.moveTo(a.x * BITMAP, a.y * BITMAP);
    context.lineTo(b.x * BITMAP, b.y * BITMAP);
    context.stroke();
    // A round end; also the whole of a dot, as a line without length is not painted.
    context.beginPath();
    context.arc(b.x * BITMAP, b.y * BITMAP, (BRUSH * BITMAP) / 2, 0, 2 * Math.PI);
    context.fill();
    this.raster.line(a, b);
  }

  changed() {
    this.canvas.dispatchEvent(new Event("change"));
  }

  ended() {
    this.canvas.dispatchEvent(new Event("stroke"));
  }
}
