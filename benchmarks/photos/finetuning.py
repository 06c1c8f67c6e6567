"""Fine-tuning beside the linear model of frozen features, on the same photos, through the whole pipeline.

    python benchmarks/photos/finetuning.py ../shared/data

Five classes of cats, cropped to their boxes; camera sites stay on one side of the split. Both learn on 60 %;
the figures are of the hold-out, a fifth. Prints the leaderboard of experiments.
"""

import argparse
import tempfile
from pathlib import Path

import yaml

from outclass import training
from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from outclass.registry.experiments import leaderboard
from outclass.registry.runs import RunStore

CLASSES = ("bobcat", "mountain_lion", "other_wild_cat", "domestic_cat", "no_cat")
LABELS = {"big_cat": "other_wild_cat", "small_wild_cat": "other_wild_cat", "not_a_cat": "no_cat"}
RECIPES = {
    "head": {"blocks": 0},
    "one": {"blocks": 1},
    "two": {"blocks": 2},
}
BOX = ["bbox_x", "bbox_y", "bbox_w", "bbox_h"]


def main() -> None:
    """Train both, and print the board."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--recipes", nargs="*", default=list(RECIPES))
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--epochs", type=int, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        settings = Settings(home=home, database_url="sqlite:///unused", mirror=str(options.data))
        loaded = load_challenge(write_challenge(home / "tuning", options.rate, options.epochs))
        for recipe in ("full", *options.recipes):
            training.train(loaded, recipe=recipe, settings=settings, promote=False, experiment=recipe)
        print("| model | accuracy | log loss | seconds | learned numbers | bytes |")
        print("|---|---:|---:|---:|---:|---:|")
        for row in leaderboard(RunStore(settings).list("tuning")).rows:
            print(
                f"| {row.recipe} | {100 * row.accuracy:.1f} % | {row.log_loss:.3f} | {row.seconds:.0f} | "
                f"{row.trainable_parameters:,} | {row.bytes:,} |"
            )


def write_challenge(folder: Path, rate: float, epochs: int) -> Path:
    """Write the challenge and return its folder."""
    files = {
        "cat": {"path": "cats/cat_photos.parquet"},
        "wild": {"path": "cats/wild_cat_photos.parquet"},
    }
    columns = {"id": "image_id", "image": "image", "label": "label"}
    tuned = {"fine_tune": True, "epochs": epochs, "learning_rate": rate}
    declared = {
        "name": "tuning",
        "title": "Tuning",
        "question": "Which is it?",
        "summary": "Photos of cats and others.",
        "accent": "#ff8800",
        "input": {"kind": "photo"},
        "classes": [{"name": name, "title": name.replace("_", " ")} for name in CLASSES],
        "dataset": {
            "title": "Cats",
            "licence": "various",
            "citation": "see the data",
            "source": {"kind": "photos", "files": files, "labels": LABELS},
            "tables": {
                "cat": {"columns": columns | {"group": "group"}},
                "wild": {"columns": columns | {"group": "camera_site", "box": BOX}},
            },
        },
        "split": {"salt": "tuning-1", "train": 0.6, "validation": 0.2, "holdout": 0.2, "game": 0.0},
        "models": {
            "main": {"title": "Main", "recipes": {name: tuned | given for name, given in RECIPES.items()}}
        },
        "advisers": ["main"],
        "champion": "main",
    }
    folder.mkdir(parents=True)
    (folder / "challenge.yaml").write_text(yaml.safe_dump(declared, sort_keys=False), encoding="utf-8")
    return folder


if __name__ == "__main__":
    main()
