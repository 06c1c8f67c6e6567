"""Readers of data sets, one for each kind of file."""
