"""One SQLite file for each version of a data set: read-only, the same for the same version and models."""
