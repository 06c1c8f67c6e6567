"""Photos of observations on iNaturalist: asked for politely, kept with their credit, read as a data set."""
