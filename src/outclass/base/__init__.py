"""Errors, settings, limits, stores, SQL shared by processes, logs."""
