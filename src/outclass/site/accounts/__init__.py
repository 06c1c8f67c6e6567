"""People: sign up, log in, keys, and what goes when they go."""
