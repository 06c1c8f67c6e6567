"""Predictions and the answers of people, kept for the next model."""
