"""Astronomical light curves: tell what kind of object one is of."""
