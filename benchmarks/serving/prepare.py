"""Our home folder for the benchmark: tables, a key, and the reference net as the champion of `digits`."""

import shutil
import tempfile
from pathlib import Path

from reference import signature

from outclass.base.document import to_json
from outclass.base.keys import MOST_REQUESTS_PER_DAY, create_key
from outclass.base.settings import Settings
from outclass.base.sql import Database
from outclass.registry.card import SECTIONS, write_card
from outclass.registry.store import Registry
from outclass.site.setup import configure, migrate


def prepare_home(home: Path, net: Path) -> str:
    """Make the folder and return the text of a key."""
    home.mkdir(parents=True)
    settings = Settings.from_environment({"OUTCLASS_HOME": str(home)})
    configure(settings)
    migrate(settings)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        shutil.copy(net, folder / "model.onnx")
        (folder / "signature.json").write_bytes(to_json(signature()))
        text = "Random weights, for a benchmark."
        (folder / "card.md").write_text(write_card("Reference net", dict.fromkeys(SECTIONS, text)))
        registry = Registry(settings)
        version = registry.register(folder, lineage={"data": "none", "seed": "20"}, scores={})
    registry.promote("digits", version.id)
    db = Database.connect(settings.database_url)
    _, token = create_key(db, owner_id=None, name="benchmark", requests_per_day=MOST_REQUESTS_PER_DAY)
    db.close()
    return token
