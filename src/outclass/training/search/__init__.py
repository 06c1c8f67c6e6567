"""Search for parameters by cross-validation, in parallel and resumable."""

from outclass.training.search.run import SearchOptions, search_challenge

__all__ = ["SearchOptions", "search_challenge"]
