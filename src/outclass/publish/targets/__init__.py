"""Where a project can be published: each target writes what it needs, and says how to start it."""
