"""Views of the checking pages."""
