"""Decoding and normalizing of what people send; the same code when collecting, training and serving."""
