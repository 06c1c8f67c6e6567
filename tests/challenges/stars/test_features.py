"""Rows of features: names, numbers, and the list of files that decide them."""

import ast
from pathlib import Path

import numpy as np
import pytest

from outclass.catalog.hooks import features_sha256, hook_path, load_features
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.checks.subject import make_series
from outclass.inputs.series import SeriesTable

PACKAGE = "outclass.challenges.stars"

pytestmark = pytest.mark.timeout(400)  # the loops are compiled first, where they never were


@pytest.fixture(scope="module")
def stars() -> LoadedChallenge:
    return load_challenge("stars")


def files_behind(path: Path) -> set[str]:
    """Return the files of a folder that a file imports, directly or not, itself among them."""
    waiting, found = [path], {path.name}
    while waiting:
        for node in ast.walk(ast.parse(waiting.pop().read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith(PACKAGE):
                continue
            named = [node.module] if node.module != PACKAGE else [f"{PACKAGE}.{a.name}" for a in node.names]
            for module in named:
                other = path.with_name(f"{str(module).rpartition('.')[2]}.py")
                if other.name not in found:
                    found.add(other.name)
                    waiting.append(other)
    return found


def test_all_code_that_decides_the_numbers_is_hashed(stars: LoadedChallenge) -> None:
    path = hook_path(stars, "features")
    assert path is not None
    modules = load_features(stars).MODULES
    assert len(set(modules)) == len(modules)
    assert set(modules) == files_behind(path)
    assert len(str(features_sha256(stars))) == 64


def test_a_row_is_the_same_alone_and_among_others(stars: LoadedChallenge) -> None:
    hook, declared = load_features(stars), stars.challenge.input
    table = make_series(6, len(declared.bands))
    rows = hook.prepare(table, declared)
    assert rows.dtype == np.float32
    assert rows.shape == (6, len(hook.names(declared)))
    assert np.isfinite(rows).all()
    alone = [hook.prepare(SeriesTable.of([series]), declared)[0] for series in table]
    assert np.array_equal(rows, np.stack(alone))
    assert hook.prepare(table.take([]), declared).shape == (0, rows.shape[1])


def test_what_is_known_of_an_object_comes_first(stars: LoadedChallenge) -> None:
    hook, declared = load_features(stars), stars.challenge.input
    names = hook.names(declared)
    assert len(set(names)) == len(names)
    assert names[:2] == ("context.galactic", "context.photoz_known")
    assert not [name for name in names if name.rpartition(".")[2] in {"ra", "decl", "ddf", "mwebv"}]
    table = make_series(3, len(declared.bands))
    rows = hook.prepare(table, declared)
    assert rows[:, 0].tolist() == [1, 0, 0]
    assert rows[:, 1].tolist() == [1, 1, 0]
    assert rows[2, names.index("context.photoz")] == np.float32(hook.MISSING)
    assert rows[:, names.index("context.count")].tolist() == np.diff(table.starts).tolist()
