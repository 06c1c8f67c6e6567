"""Outclass turns labelled data into a live classifier that people can play against."""

__version__ = "0.1.0"
