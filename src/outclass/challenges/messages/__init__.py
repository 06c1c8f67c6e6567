"""Text messages: personal, notification or spam."""
