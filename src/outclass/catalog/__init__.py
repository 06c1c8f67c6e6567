"""Challenges are declared here, their data collected, cleaned and kept in versions.

>>> from outclass.catalog import load_challenge
>>> load_challenge("digits").challenge.class_names
('0', '1', '2', '3', '4', '5', '6', '7', '8', '9')
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from outclass.catalog.dictionary.dataset import Catalogue, Dataset, open_catalogue
    from outclass.catalog.hooks import features_sha256
    from outclass.catalog.loader import LoadedChallenge, list_challenges, load_challenge
    from outclass.catalog.versions import DatasetVersion, ObjectTable, collect, current_version

__all__ = [
    "Catalogue",
    "Dataset",
    "DatasetVersion",
    "LoadedChallenge",
    "ObjectTable",
    "collect",
    "current_version",
    "features_sha256",
    "list_challenges",
    "load_challenge",
    "open_catalogue",
]

MODULES = {
    "Catalogue": "dictionary.dataset",
    "Dataset": "dictionary.dataset",
    "LoadedChallenge": "loader",
    "features_sha256": "hooks",
    "list_challenges": "loader",
    "load_challenge": "loader",
    "open_catalogue": "dictionary.dataset",
}
"""Where names are that are not of the versions."""


def __getattr__(name: str) -> object:
    """Import on first use: what serves predictions loads challenges, and must not load the tables for it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = MODULES.get(name, "versions")
    return getattr(importlib.import_module(f"{__name__}.{module}"), name)
