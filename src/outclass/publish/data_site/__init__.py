"""Read-only sites of data files at /data: Datasette with our limits, hashed addresses, cells and looks."""
