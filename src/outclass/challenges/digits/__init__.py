"""Handwritten digits: draw one, or bet on those of others."""
