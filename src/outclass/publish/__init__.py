"""Data sets and models as files for others: data sites, bundles, cards, and the places where they are put."""
