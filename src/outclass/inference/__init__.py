"""Answers of a model: calibrated probabilities, prediction sets, abstention, batching and hot swap."""
