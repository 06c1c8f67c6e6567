"""Challenges are declared here, their data collected, cleaned and kept in versions."""
