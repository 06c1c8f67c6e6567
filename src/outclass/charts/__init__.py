"""Charts as server-rendered SVG, colors that keep their contrast, and the design (style sheets and scripts)."""
