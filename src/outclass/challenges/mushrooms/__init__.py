"""Photos of mushrooms."""
