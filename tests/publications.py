"""Projects with data of each kind, and models that advise on them, to be published in tests."""

import io
import json
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from models import CARD
from outclass.base.document import to_json
from outclass.base.settings import Settings
from outclass.catalog.challenge import InputKind
from outclass.catalog.dataset import DatasetVersion
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.catalog.versions import Simulation, collect
from outclass.inference.abstain import softmax
from outclass.publish.bundle.ustar import Member, read_files
from outclass.registry.store import Registry
from outclass.registry.version import Abstention, ModelVersion, PredictionSet, Signature
from shapes import COUNTS, YAML, four_outputs, write_pictures
from small_challenge import declaration, settings_in, write_challenge
from small_series import series_challenge
from small_tables import flower_challenge
from small_texts import text_challenge

ADVISED = ("train", "validation", "game")


def shapes_project(folder: Path, settings: Settings) -> tuple[LoadedChallenge, DatasetVersion]:
    """Write the challenge `shapes`, collect it, and give it two models that advise on its objects."""
    home = folder / "challenges" / "shapes"
    home.mkdir(parents=True)
    (home / "challenge.yaml").write_text(YAML)
    write_pictures(home, COUNTS)
    loaded = load_challenge(home)
    version = collect(loaded, settings)
    for seed, name in enumerate(("shapes", "shapes.second")):
        advised_model(settings, loaded, version, name, seed=seed, model=four_outputs(seed))
    return loaded, version


def text_project(folder: Path, settings: Settings) -> tuple[LoadedChallenge, DatasetVersion]:
    """Write the challenge `notes` and collect texts."""
    loaded = load_challenge(text_challenge(folder / "challenges" / "notes"))
    return loaded, collect(loaded, settings, simulate=Simulation(count=120))


def series_project(folder: Path, settings: Settings) -> tuple[LoadedChallenge, DatasetVersion]:
    """Write the challenge `curves` and collect light curves."""
    loaded = load_challenge(series_challenge(folder / "challenges" / "curves"))
    return loaded, collect(loaded, settings, simulate=Simulation(count=90))


def table_project(folder: Path, settings: Settings) -> tuple[LoadedChallenge, DatasetVersion]:
    """Write the challenge `flowers` with its table and collect it."""
    loaded = load_challenge(flower_challenge(folder / "challenges" / "flowers"))
    version = collect(loaded, settings)
    advised_model(settings, loaded, version, "flowers")
    return loaded, version


def advised_model(
    settings: Settings,
    loaded: LoadedChallenge,
    version: DatasetVersion,
    name: str,
    *,
    seed: int = 0,
    model: bytes = b"not read",
) -> ModelVersion:
    """Register a model with advice on a version's objects, mostly right, and make it the champion."""
    classes = loaded.challenge.class_names
    signature = Signature(
        challenge=loaded.name,
        name=name,
        input=loaded.challenge.input,
        input_name="image",
        shape=shape_of(loaded, version),
        outlier_name="energy",
        classes=classes,
        prior=(1 / len(classes),) * len(classes),
        abstention=Abstention(),
        prediction_set=PredictionSet(coverage=0.99, quantile=0.99),
        canary=tuple(softmax([0.0] * len(classes), 1.0)),
    )
    registry = Registry(settings)
    with tempfile.TemporaryDirectory() as place:
        files = Path(place)
        (files / "model.onnx").write_bytes(model)
        (files / "signature.json").write_bytes(to_json(signature))
        (files / "card.md").write_text(CARD, encoding="utf-8")
        advice(version, seed).write_parquet(files / "oof.parquet")
        done = registry.register(
            files,
            lineage={"data": version.id, "seed": str(seed)},
            scores={"accuracy": 0.9, "log_loss": 0.3},
            created="2026-01-01T00:00:00Z",
        )
    registry.promote(name, done.id)
    return done


def shape_of(loaded: LoadedChallenge, version: DatasetVersion) -> tuple[int, ...]:
    """Return the shape of one row."""
    match loaded.challenge.input.kind:
        case InputKind.TEXT:
            return ()
        case InputKind.TABLE:
            return (len(loaded.challenge.input.columns),)
        case _:
            return version.document.shape or (4,)


def advice(version: DatasetVersion, seed: int) -> pl.DataFrame:
    """Return probabilities for the objects of a version."""
    random = np.random.default_rng(seed)
    ids, rows = [], []
    for side in ADVISED:
        table = version.objects(side)
        chances = random.random((len(table), len(table.class_names)))
        chances[np.arange(len(table)), table.targets] += 1
        ids += table.ids
        rows += (chances / chances.sum(axis=1, keepdims=True)).astype(np.float32).tolist()
    columns = {"object_id": ids, "nights": [0] * len(ids), "probabilities": rows}
    return pl.DataFrame(
        columns, schema={"object_id": pl.String, "nights": pl.Int32, "probabilities": pl.List(pl.Float32)}
    )


PRIVATE = (
    "Call 0906 170 1461 to claim your prize",
    "write to ann.smith@example.org when you are home",
    "see http://evil.example.com/win?id=7 now",
    "Call 0906 170 1462 to claim your prize",
)


def private_texts(tmp_path: Path) -> tuple[Settings, Path]:
    """Write the challenge `letters` with numbers and addresses in its texts."""
    folder = tmp_path / "challenges" / "letters"
    folder.mkdir(parents=True)
    lines = [f"{text} number {place}" for place in range(60) for text in PRIVATE]
    rows = [
        {"text": text, "label": "call" if place % 2 else "offer", "group": f"sender{place % 40}@example.org"}
        for place, text in enumerate(lines)
    ]
    pl.DataFrame(rows).write_csv(folder / "letters.csv")
    declared = declaration() | {
        "name": "letters",
        "title": "Letters",
        "input": {"kind": "text"},
        "classes": [{"name": name, "title": name.title()} for name in ("call", "offer")],
        "dataset": {
            "title": "Letters",
            "licence": "CC0-1.0",
            "citation": "Ann Example, author",
            "path": str(folder / "letters.csv"),
            "columns": {"text": "text", "label": "label", "group": "group"},
        },
    }
    write_challenge(folder, declared)
    settings = settings_in(tmp_path / "home")
    collect(load_challenge(folder), settings)
    return settings, folder


def files_in(path: Path) -> dict[str, bytes]:
    """Return the files of a bundle by name."""
    found = {}

    def keep(member: Member, pieces: Iterator[bytes]) -> None:
        found[member.name] = b"".join(pieces)

    read_files(path, keep)
    return found


def everything_in(path: Path) -> bytes:
    """Return every byte of a bundle, whatever was packed in it unpacked: archive, tables, database."""
    parts = []
    for name, content in files_in(path).items():
        parts += [name.encode(), content]
        if name.endswith(".parquet"):
            parts.append(json.dumps(pl.read_parquet(io.BytesIO(content)).to_dicts(), default=repr).encode())
        if name.endswith(".sqlite"):
            parts.append(dump(content))
    return b"\0".join(parts)


def dump(content: bytes) -> bytes:
    """Return all values of a database, those of its index of words, too."""
    connection = sqlite3.connect(":memory:")
    connection.deserialize(content)
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows = [repr(row) for name in tables for row in connection.execute(f'SELECT * FROM "{name}"')]
    words = []
    if "objects_fts" in tables:
        connection.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab('main', 'objects_fts', 'row')")
        words = [row[0] for row in connection.execute("SELECT term FROM temp.words")]
    connection.close()
    return "\n".join([*rows, *words]).encode()
