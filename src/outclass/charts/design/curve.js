// The interactive light curve: the figure is Bokeh's, the points come from the server, the rest is here.
const MARKERS = {
  circle: "circle",
  up: "triangle",
  down: "inverted_triangle",
  square: "square",
  star: "star",
  pentagon: "hex", // Bokeh has no pentagon
};

const json = async (url) => {
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status} for ${url}`);
  return answer.json();
};
const zip = (mean, deviation, sign) => mean.map((value, i) => value + sign * deviation[i]);
const written = (days) => `${days < 10 ? days.toPrecision(5) : days.toFixed(2)} days`;

class Curve {
  constructor(root) {
    this.root = root;
    this.stage = root.querySelector("[data-curve-stage]");
    this.folded = false;
    this.model = null;
  }

  part(name) {
    return this.root.querySelector(`[data-curve-${name}]`);
  }

  async start() {
    const [figure, data] = await Promise.all([json(this.root.dataset.figure), json(this.root.dataset.points)]);
    this.data = data;
    this.period = data.period?.days;
    const views = await Bokeh.embed.embed_item(figure, this.stage.id);
    this.plot = [...views][0].model;
    this.document = this.plot.document;
    this.show();
    this.paint();
    this.listen();
    this.part("still").hidden = true;
    this.offer();
    this.root.dataset.ready = "";
  }

  // Shows the controls that have something to do for this object.
  offer() {
    this.part("title").textContent = this.data.model;
    this.part("modeling").hidden = !this.data.model;
    this.part("folding").hidden = !this.period;
    if (this.period) this.part("period").textContent = written(this.period);
  }

  // A part of the figure, by its name and band.
  get(name, band) {
    return this.document.get_model_by_name(band === undefined ? name : `${name}-${band}`);
  }

  listen() {
    for (const box of this.boxes()) box.addEventListener("change", () => this.seeAll());
    this.seeAll();
    this.part("fold")?.addEventListener("change", (event) => this.fold(event.target.checked));
    for (const button of this.root.querySelectorAll("[data-curve-times]")) {
      button.addEventListener("click", () => {
        this.period *= Number(button.dataset.curveTimes);
        this.fold(true);
      });
    }
    this.part("model")?.addEventListener("change", (event) => this.overlay(event.target.checked));
    matchMedia("(prefers-color-scheme: light)").addEventListener("change", () => this.paint());
    if (matchMedia("(pointer: fine)").matches) this.get("pan").active = true;
  }

  see(band, visible) {
    for (const name of ["points", "errors"]) this.get(name, band).visible = visible;
    for (const name of ["spread", "mean"]) this.get(name, band).visible = visible && Boolean(this.model) && !this.folded;
  }

  // Sets the axes to what is seen: all marks, zero, and error bars but for the few that are very long.
  frame() {
    const seen = this.boxes().filter((box) => box.checked).map((box) => this.data.points[box.dataset.curveBand]);
    const errors = seen.flatMap((points) => points.error).sort((a, b) => a - b);
    const most = errors[Math.floor(0.9 * errors.length)] ?? 1;
    const ends = (sign) =>
      seen.flatMap((points) => points.flux.map((flux, i) => flux + sign * Math.min(points.error[i], most)));
    const days = seen.flatMap((points) => points.mjd.map((mjd) => mjd - this.data.origin));
    this.range("x_range", this.folded ? [0, 2] : days, 0.02);
    this.range("y_range", [0, ...ends(-1), ...ends(1)], 0.06);
  }

  range(name, values, room) {
    const [low, high] = values.length ? [Math.min(...values), Math.max(...values)] : [0, 1];
    const more = room * (high - low || 1);
    const [start, end] = [low - more, high + more];
    this.plot[name].setv({ start, end, reset_start: start, reset_end: end });
  }

  boxes() {
    return [...this.root.querySelectorAll("[data-curve-band]")];
  }

  // Puts in the observations, by days or folded on the period; two turns show what joins their ends.
  show() {
    this.data.points.forEach((points, band) => {
      const days = points.mjd.map((mjd) => mjd - this.data.origin);
      const turns = this.folded ? [0, 1] : [0];
      const all = (values) => turns.flatMap(() => values);
      const phase = (day) => day / this.period - Math.floor(day / this.period);
      this.get("source", band).data = {
        x: this.folded ? turns.flatMap((turn) => days.map((day) => phase(day) + turn)) : days,
        y: all(points.flux),
        low: all(zip(points.flux, points.error, -1)),
        high: all(zip(points.flux, points.error, 1)),
        mjd: all(points.mjd),
        day: all(days),
        error: all(points.error),
        band: all(points.mjd.map(() => this.data.bands[band].name)),
      };
    });
    this.plot.below[0].axis_label = this.folded ? `phase, of ${written(this.period)}` : this.data.since;
    this.frame();
  }

  fold(wanted) {
    this.folded = wanted;
    this.part("fold").checked = wanted;
    this.part("period").textContent = written(this.period);
    this.show();
    this.seeAll();
  }

  seeAll() {
    for (const box of this.boxes()) this.see(Number(box.dataset.curveBand), box.checked);
    this.frame();
  }

  async overlay(wanted) {
    if (wanted && !this.seen) {
      this.say("The model is looking …");
      try {
        this.seen = await json(this.root.dataset.model);
        this.say("The line is the model's mean, the band around it one standard deviation.");
      } catch {
        this.say("The model's curve cannot be had now.");
        return;
      }
      const x = this.seen.mjd.map((mjd) => mjd - this.data.origin);
      this.seen.mean.forEach((mean, band) => {
        const spread = this.seen.deviation[band];
        this.get("curve-source", band).data = { x, mean, low: zip(mean, spread, -1), high: zip(mean, spread, 1) };
      });
    }
    this.model = wanted ? this.seen : null;
    if (wanted && this.folded) this.fold(false);
    this.seeAll();
  }

  say(text) {
    this.part("status").textContent = text;
  }

  // Colors of the theme: Rubin's palette for its ground, and the page's own for axes and text.
  paint() {
    const style = getComputedStyle(this.root);
    const dark = style.colorScheme.includes("dark") && !style.colorScheme.includes("light");
    const ink = (name) => getComputedStyle(this.part(name)).color;
    const [text, line, muted] = [style.color, ink("line"), ink("muted")];
    this.data.bands.forEach((band, place) => {
      const color = dark ? band.dark : band.light;
      const points = this.get("points", place).glyph;
      points.marker = { value: MARKERS[band.marker] };
      points.fill_color = { value: color };
      points.line_color = { value: text };
      this.get("errors", place).glyph.line_color = { value: color };
      this.get("mean", place).glyph.line_color = { value: color };
      this.get("spread", place).glyph.fill_color = color;
    });
    for (const axis of [...this.plot.below, ...this.plot.left]) {
      Object.assign(axis, {
        axis_line_color: line,
        major_tick_line_color: line,
        minor_tick_line_color: line,
        major_label_text_color: muted,
        axis_label_text_color: muted,
        axis_label_text_font_style: "normal",
        major_label_text_font_size: "13px",
        axis_label_text_font_size: "13px",
      });
    }
    for (const part of this.plot.center) if ("grid_line_color" in part) part.grid_line_color = line;
    this.get("zero").line_color = muted;
  }
}

for (const root of document.querySelectorAll("[data-curve]")) {
  const curve = new Curve(root);
  curve.start().catch((error) => {
    // The still picture stays; the controls would do nothing.
    root.dataset.failed = "";
    curve.say("The interactive chart cannot be shown; the still one is complete.");
    console.warn(error);
  });
}
