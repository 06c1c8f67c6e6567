"""Make the packaged models of the photo challenges from photos whose licence allows it.

    OUTCLASS_MIRROR=FOLDER python benchmarks/challenges/shipped/make.py cats mushrooms

`FOLDER` holds the photo sets at the paths that `cats.yaml` and `mushrooms.yaml` name. Data set and split of
these files take the place of what the challenge declares, all else is its own; `NAME.card.md` joins the card.
With `--ship` the models become part of the package.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from outclass.base.settings import Settings
from outclass.catalog.loader import packaged_folder
from outclass.registry.runs import RunStore
from outclass.registry.shipping import ship
from outclass.registry.store import Registry

HERE = Path(__file__).parent
MODELS = ("imagenet", "probe")
REFUSED = 3
KEPT = ("model.py", "card.md", "__init__.py")


def make(name: str, folder: Path, home: Path) -> list[str]:
    """Collect and train in a project folder; return the references of the models."""
    place = folder / "challenges" / name
    place.mkdir(parents=True, exist_ok=True)
    source = packaged_folder() / name
    for file in KEPT:
        if (source / file).is_file():
            shutil.copyfile(source / file, place / file)
    for model in MODELS:
        shutil.copyfile(HERE / f"{name}.card.md", place / f"card.{model}.md")
    declared = yaml.safe_load((source / "challenge.yaml").read_text(encoding="utf-8"))
    declared |= yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
    text = yaml.safe_dump(declared, sort_keys=False, allow_unicode=True)
    (place / "challenge.yaml").write_text(text, encoding="utf-8")
    run(folder, home, "collect", name)
    for model in MODELS:
        run(folder, home, "train", name, "--model", model)
    runs = [
        record for record in RunStore(Settings(home=home, database_url="")).list(name) if record.reference
    ]
    return [max((r for r in runs if r.model == model), key=lambda r: r.created).reference for model in MODELS]


def run(folder: Path, home: Path, *words: str) -> None:
    """Run a command of ours in the project folder; a gate that refuses leaves the model registered."""
    command = [sys.executable, "-m", "outclass", *words]
    done = subprocess.run(command, cwd=folder, env=os.environ | {"OUTCLASS_HOME": str(home)}, check=False)
    if done.returncode not in (0, REFUSED):
        sys.exit(done.returncode)


def main() -> None:
    """Make the models of the challenges that are named."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="+", choices=("cats", "mushrooms"))
    parser.add_argument("--home", type=Path, help="keep data and runs there; a temporary folder by default")
    parser.add_argument("--ship", action="store_true", help="put the models into the package")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = (chosen.home or Path(folder) / "home").resolve()
        made = [name for one in chosen.names for name in make(one, Path(folder), home)]
        registry = Registry(Settings(home=home, database_url=""))
        for reference in made:
            shipped = ship(registry, reference).reference if chosen.ship else "not shipped"
            sys.stdout.write(f"{reference}: {shipped}\n")


if __name__ == "__main__":
    main()
