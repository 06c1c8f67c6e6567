"""Tests in a real browser; a package, so that what is set up for all of them ends with them."""
