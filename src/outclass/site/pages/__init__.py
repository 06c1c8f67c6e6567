"""Front page, explanations, the draw page, themes and error pages."""
