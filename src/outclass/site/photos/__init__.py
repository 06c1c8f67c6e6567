"""Photos on pages: those that visitors bring, and those of data sets with their credits."""
