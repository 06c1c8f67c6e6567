"""Upload of tables: what is found is shown, a draft is made of it and trained in the background."""
