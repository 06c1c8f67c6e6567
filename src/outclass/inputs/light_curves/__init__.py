"""What any model may be asked about a light curve, for challenges of series without a `features.py`."""
