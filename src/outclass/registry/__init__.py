"""Immutable model versions, their aliases and cards, and the records of the runs that made them."""
