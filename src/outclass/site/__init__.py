"""The Django site: accounts, the game, the lab, and pages that explain."""
