"""Charts as SVG, colors that keep their contrast, and the design: style sheets and scripts."""
