"""The game: deals, bets, what they pay, and who is ahead."""
