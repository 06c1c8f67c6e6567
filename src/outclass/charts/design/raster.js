// Strokes to a square of ink bytes. Computed from the strokes themselves, not read back from the canvas:
// some browsers answer a canvas readback with noise to hinder tracking, and the model would see that noise.

/** Ink of strokes; points are in 0..1 of the square, `radius` too. */
export class Raster {
  constructor(side, radius) {
    this.side = side;
    this.radius = radius * side;
    this.ink = new Uint8Array(side * side);
  }

  clear() {
    this.ink.fill(0);
  }

  get empty() {
    return !this.ink.some((value) => value > 12);
  }

  /** Lay a round brush along the line from a to b. */
  line(a, b) {
    const { side, radius, ink } = this;
    const [ax, ay, bx, by] = [a.x * side, a.y * side, b.x * side, b.y * side];
    const dx = bx - ax;
    const dy = by - ay;
    const length = dx * dx + dy * dy;
    const reach = radius + 1;
    const [left, right] = [Math.min(ax, bx) - reach, Math.max(ax, bx) + reach].map((v) => this.clamp(v));
    const [top, bottom] = [Math.min(ay, by) - reach, Math.max(ay, by) + reach].map((v) => this.clamp(v));
    for (let row = top; row <= bottom; row += 1) {
      for (let column = left; column <= right; column += 1) {
        const px = column + 0.5 - ax;
        const py = row + 0.5 - ay;
        const along = length ? Math.min(1, Math.max(0, (px * dx + py * dy) / length)) : 0;
        const distance = Math.hypot(px - along * dx, py - along * dy);
        const value = Math.round(255 * Math.min(1, Math.max(0, radius - distance + 0.5)));
        const place = row * side + column;
        if (value > ink[place]) ink[place] = value;
      }
    }
  }

  clamp(value) {
    return Math.min(this.side - 1, Math.max(0, Math.floor(value)));
  }
}
