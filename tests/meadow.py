"""The challenge `flowers` with records to play with, whose titles and values are hostile to pages."""

from pathlib import Path

from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from outclass.catalog.versions import collect
from outclass.registry.version import ModelVersion
from small_tables import COLUMNS, declared, flower_challenge, flowers_version

NAME = "flowers"
HOSTILE = "Height\"'><script>alert(1)</script>"
HOSTILE_VALUE = "<img src=x onerror=alert(2)> & red"


def make_meadow(project: Path, settings: Settings) -> ModelVersion:
    """Write the challenge into a project folder, collect it, and write its model into the registry."""
    columns = [declared(column) for column in COLUMNS]
    columns[0] |= {"title": HOSTILE}
    columns[2]["values"] = [
        {"name": name, "title": title}
        for name, title in (("red", HOSTILE_VALUE), ("yellow", "Yellow"), ("white", "White"))
    ]
    flower_challenge(
        project / "challenges" / NAME,
        input={"kind": "table", "columns": columns},
        warning="Not every rose has thorns.",
        game={"rounds": 4, "minimum_rounds": 2},
    )
    collect(load_challenge(project / "challenges" / NAME), settings)
    return flowers_version(settings.models_folder)
