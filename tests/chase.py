"""A small challenge of light curves as the game of stars has it, for tests: no training, made in a second.

Three kinds of object that are dealt and one that never is, two advisers and their consensus, naming, early
bets. Ids tell the class, as no page may.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from models import CARD, write_version
from outclass.base.document import to_json
from outclass.base.settings import Settings
from outclass.base.store import write_atomic
from outclass.catalog.challenge import Band, InputDeclaration, InputKind
from outclass.catalog.sources.base import SourceTable
from outclass.inference.abstain import softmax
from outclass.inputs.series import Series, SeriesTable, facts_of
from outclass.registry.version import (
    Abstention,
    EnsembleDocument,
    Manifest,
    ModelVersion,
    Pinned,
    PredictionSet,
    Signature,
)
from small_challenge import write_challenge
from small_series import declaration

NAME = "chase"
CLASSES = ("bump", "wave", "flat", "ghost")
PERIOD = 0.61
BANDS = [
    {"name": "g", "wavelength": 4827, "extinction": 3.64},
    {"name": "r", "wavelength": 6223, "extinction": 2.70},
]
FEATURES = ("context.count", "brightest", "faintest")
GAME = {
    "rounds": 6,
    "minimum_rounds": 2,
    "naming": True,
    "early": [{"nights": 5, "multiplier": 2.0}, {"nights": 20, "multiplier": 1.25}],
    "words": {"object": "star", "deal": "Chase a star", "history": "Stars you chased"},
}
FEATURES_CODE = '''"""Three numbers of a series, and a line through it."""

import numpy as np

MISSING = -9999.0
MODULES = ("features.py",)
CURVE_TITLE = "What second sees"


def names(declared):
    """Return the names of the columns."""
    return ("context.count", "brightest", "faintest")


def prepare(table, declared):
    """Return the rows."""
    rows = [[len(one), one.flux.max(initial=0.0), one.flux.min(initial=0.0)] for one in table]
    return np.array(rows, dtype=np.float32).reshape(-1, 3)


def curve_of(series, declared, grid):
    """Return the mean of each band, at all times."""
    own = [series.flux[series.passband == band] for band in range(len(declared.bands))]
    means = [float(flux.mean()) if len(flux) else 0.0 for flux in own]
    mean = np.repeat(np.array(means)[:, np.newaxis], len(grid), axis=1)
    return mean, np.ones_like(mean)
'''
SIMULATE_CODE = '''"""Simulated objects of three kinds."""

from chase import population, sample

__all__ = ["population", "sample"]
'''
PAGE = "# How to chase\n\nA page for tests.\n\n## Second part\n\nSome **text** <b>and</b> a [link](/help/).\n"


def make_chase(project: Path, settings: Settings) -> None:
    """Write the challenge into a project folder, and its models into the registry."""
    folder = project / "challenges" / NAME
    classes = [
        {
            "name": name,
            "title": f"A {name}",
            "description": f"Looks like a {name}.",
            "story": f"Told of {name}.",
        }
        for name in CLASSES
    ]
    models = {"first": {"title": "First"}, "second": {"title": "Second"}}
    changed = {
        "name": NAME,
        "title": "StarTest",
        "input": {"kind": "series", "bands": BANDS},
        "classes": classes,
        "models": models,
        "advisers": ["first", "second"],
        "champion": {"geometric_mean": ["first", "second"]},
        "game": GAME,
    }
    write_challenge(folder, declaration() | changed)
    (folder / "simulate.py").write_text(SIMULATE_CODE, encoding="utf-8")
    (folder / "features.py").write_text(FEATURES_CODE, encoding="utf-8")
    (folder / "pages").mkdir(exist_ok=True)
    (folder / "pages" / "10-how-to-chase.md").write_text(PAGE, encoding="utf-8")
    members = [make_model(settings, f"{NAME}.{key}", seed) for seed, key in enumerate(models)]
    make_consensus(settings, members)


def sample() -> SourceTable:
    """Return the objects that are dealt."""
    return make(60, 7, "sky", "game")


def population(count: int, seed: int) -> SourceTable:
    """Return other objects."""
    return make(min(count, 30), seed, "pop", None)


def make(count: int, seed: int, prefix: str, split: str | None) -> SourceTable:
    """Return objects of the three kinds in turn, or rather in runs: the order must not leak."""
    random = np.random.default_rng(seed)
    kinds = [number * 3 // count for number in range(count)]
    ids = tuple(f"{prefix}-{CLASSES[kind]}-{number:04d}" for number, kind in enumerate(kinds))
    return SourceTable(
        object_ids=ids,
        group_ids=ids,
        labels=tuple(CLASSES[kind] for kind in kinds),
        inputs=SeriesTable.of([curve(kind, random) for kind in kinds]),
        fixed_splits=(split,) * count,
    )


def curve(kind: int, random: np.random.Generator) -> Series:
    """Return one light curve of 60 nights within 600 days, one or two observations a night."""
    nights = np.sort(random.choice(600, 60, replace=False)) + 59_000.0
    mjd = np.sort(np.repeat(nights, random.integers(1, 3, 60)) + 1.0)
    mjd = np.sort(mjd + random.uniform(0.0, 0.3, len(mjd)))
    peak = random.uniform(59_150, 59_450)
    form = (
        np.exp(-(((mjd - peak) / 25) ** 2)),
        np.sin(2 * np.pi * mjd / PERIOD),
        np.zeros(len(mjd)),
    )[kind]
    flux = 200 * form + random.normal(0, 5, len(mjd))
    return Series(
        mjd=mjd,
        passband=random.integers(0, 2, len(mjd)),
        flux=flux,
        flux_err=np.full(len(mjd), 5.0),
        detected=np.abs(flux) > 25,
        facts=facts_of({"ra": 10.0, "decl": -20.0, "ddf": 0.0, "hostgal_photoz": 0.3, "mwebv": 0.02}),
    )


def signature_of(name: str) -> Signature:
    """Return the signature of a model whose answer to zeros is one quarter each."""
    return Signature(
        challenge=NAME,
        name=name,
        input=InputDeclaration(kind=InputKind.SERIES, bands=tuple(Band(**band) for band in BANDS)),  # type: ignore[arg-type]
        input_name="rows",
        shape=(len(FEATURES),),
        classes=CLASSES,
        prior=(0.25,) * 4,
        temperature=1.0,
        abstention=Abstention(),
        prediction_set=PredictionSet(coverage=0.99, quantile=0.99),
        features=FEATURES,
        canary=tuple(softmax([0.0] * 4, 1.0)),
    )


def make_model(settings: Settings, name: str, seed: int) -> ModelVersion:
    """Write a linear model with random weights and make it the champion."""
    weights = np.random.default_rng(seed).normal(0, 0.01, (len(FEATURES), len(CLASSES)))
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["rows", "weights"], ["logits"])],
        "linear",
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["n", len(FEATURES)])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", len(CLASSES)])],
        [numpy_helper.from_array(weights.astype(np.float32), "weights")],
    )
    opset = [helper.make_opsetid("", 18)]
    model: bytes = helper.make_model(graph, opset_imports=opset, ir_version=10).SerializeToString()
    return write_version(settings.models_folder, signature_of(name), model, champion=True)


def make_consensus(settings: Settings, members: list[ModelVersion]) -> None:
    """Write the version that pins both models, and make it the champion."""
    pinned = tuple(
        Pinned(
            name=member.name,
            id=member.id,
            manifest_sha256=hashlib.sha256((member.folder / "manifest.json").read_bytes()).hexdigest(),
        )
        for member in members
    )
    files = {
        "ensemble.json": to_json(EnsembleDocument(geometric_mean=pinned)),
        "signature.json": to_json(signature_of(NAME)),
        "card.md": CARD.encode(),
    }
    manifest = to_json(
        Manifest(
            challenge=NAME,
            name=NAME,
            created="2026-01-01T00:00:00Z",
            files={name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
            sizes={name: len(content) for name, content in files.items()},
            lineage={"data": "none", "seed": "0", "run": "test"},
            scores={},
        )
    )
    identity = hashlib.sha256(manifest).hexdigest()[:12]
    folder = settings.models_folder / NAME / identity
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (files | {"manifest.json": manifest}).items():
        (folder / name).write_bytes(content)
    aliases = {"champion": identity, "challenger": None, "previous": []}
    write_atomic(folder.parent / "aliases.json", json.dumps(aliases).encode())
