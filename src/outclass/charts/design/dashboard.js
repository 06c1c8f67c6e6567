// The charts of the lab: figures are Bokeh's, made on the server; here they get their place and their colors.
const json = async (url) => {
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status} for ${url}`);
  return answer.json();
};

class Dashboard {
  constructor(root) {
    this.root = root;
    this.stages = [...root.querySelectorAll("[data-chart]")];
  }

  async start() {
    const items = await json(this.root.dataset.dashboard);
    this.documents = await Promise.all(
      items.map(async (item, place) => {
        this.stages[place].replaceChildren();
        const views = await Bokeh.embed.embed_item(item, this.stages[place].id);
        return [...views][0].model.document;
      }),
    );
    this.paint();
    matchMedia("(prefers-color-scheme: light)").addEventListener("change", () => this.paint());
    this.link();
    this.root.dataset.ready = "";
  }

  // Axes, titles and legends in the colors of the page.
  paint() {
    const style = getComputedStyle(this.root);
    const ink = (name) => getComputedStyle(this.root.querySelector(`.chart-ink--${name}`)).color;
    const [text, muted, line] = [style.color, ink("muted"), ink("line")];
    for (const drawn of this.documents) {
      for (const model of drawn._all_models.values()) {
        if (model.type === "Figure") model.title.text_color = text;
        if (model.type === "Legend") model.setv({ label_text_color: muted, background_fill_alpha: 0, border_line_alpha: 0 });
        if (model.type === "Slope") model.line_color = muted;
        if (model.type.endsWith("Grid")) model.grid_line_color = line;
        if (model.type.endsWith("Axis"))
          model.setv({
            axis_line_color: line,
            major_tick_line_color: line,
            minor_tick_line_color: null,
            major_label_text_color: muted,
            axis_label_text_color: muted,
            axis_label_text_font_style: "normal",
            major_label_text_font_size: "13px",
            axis_label_text_font_size: "13px",
          });
      }
    }
  }

  // Shows of a list only the objects that are chosen in the charts.
  link() {
    const list = this.root.querySelector("[data-chosen]");
    const source = this.documents.map((drawn) => drawn.get_model_by_name("objects")).find(Boolean);
    if (!list || !source) return;
    const rows = [...list.querySelectorAll("[data-object]")];
    const status = this.root.querySelector("[data-chosen-status]");
    source.selected.properties.indices.change.connect(() => {
      const chosen = new Set(source.selected.indices.map(String));
      for (const row of rows) row.hidden = chosen.size > 0 && !chosen.has(row.dataset.object);
      const shown = rows.filter((row) => !row.hidden).length;
      status.textContent = chosen.size ? `${chosen.size} chosen, ${shown} of them among those listed` : "";
    });
  }
}

for (const root of document.querySelectorAll("[data-dashboard]")) {
  new Dashboard(root).start().catch((error) => {
    root.dataset.failed = "";
    console.warn(error);
  });
}
