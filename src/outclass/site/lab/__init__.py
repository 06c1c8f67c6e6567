"""What the models are: runs side by side, versions and their cards."""
