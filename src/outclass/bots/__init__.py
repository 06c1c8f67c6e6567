"""Bots that play photo games on Mastodon and Bluesky, and answer each post once."""
