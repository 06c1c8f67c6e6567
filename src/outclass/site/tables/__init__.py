"""Records: the page where anyone fills one in, how pages show one, and what lies behind each column."""
