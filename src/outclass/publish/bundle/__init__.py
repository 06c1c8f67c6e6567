"""A whole project in one file: challenge, data, models, cards; and back again."""
