"""Photos of cats."""
