"""The one definition of every score, used by search, gate, cards, reports, game and leaderboard."""
