"""The one place that loads code of a challenge: `features.py`, `model.py` and `simulate.py` of its folder."""

import importlib
import importlib.resources
import importlib.util
import sys
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import MissingExtraError, OutclassError
from outclass.catalog.challenge import InputDeclaration, InputKind
from outclass.catalog.loader import LoadedChallenge, packaged_folder
from outclass.inputs.series import SeriesTable

PACKAGED = "outclass.challenges"
OWN = "outclass_own_challenges"
DEFAULT_FEATURES = "outclass.inputs.light_curves"
EXTRA_OF_MODULE = {
    "torch": "torch",
    "sklearn": "train",
    "lightgbm": "stars",
    "onnxmltools": "stars",
    "onnx": "train",
    "optuna": "train",
}


class Hook(StrEnum):
    """The files of code that a challenge may have."""

    FEATURES = "features"
    MODEL = "model"
    SIMULATE = "simulate"


class FeaturesHook(Protocol):
    """The functions of a `features.py`: what a model is asked, made of what is observed.

    They run at training and at serving alike, so they import nothing but numpy (and numba, where it is
    there), base, metrics and inputs.
    """

    MISSING: float
    """What stands where a feature cannot be had."""
    MODULES: tuple[str, ...]
    """The files that decide the numbers, of its folder or one that it extends; a signature has their hash."""

    def names(self, declared: InputDeclaration) -> tuple[str, ...]:
        """Return the names of the columns."""

    def prepare(self, table: SeriesTable, declared: InputDeclaration) -> NDArray[np.float32]:
        """Return a row for each object, float32 ``[n, columns]``, every number finite.

        A row depends on its own object only, whatever else is in the table.
        """


def load_features(loaded: LoadedChallenge) -> FeaturesHook:
    """Load the `features.py` of a challenge; one of series without its own has that of `inputs/light_curves`.

    Raises
    ------
    OutclassError
        If it has none, or one that lacks something.
    """
    module = load_hook(loaded, Hook.FEATURES)
    missing = [name for name in ("MISSING", "MODULES", "names", "prepare") if not hasattr(module, name)]
    if module is None or missing:
        raise OutclassError(
            "a challenge of this kind of input needs a features.py",
            where=str(loaded.folder),
            got="none" if module is None else f"nothing named {', '.join(missing)}",
            accepted="MISSING, MODULES, names(declared) and prepare(table, declared)",
        )
    return cast(FeaturesHook, module)


def features_sha256(loaded: LoadedChallenge) -> str | None:
    """Return the hash of all code that makes the rows of a challenge, or None where it has no `features.py`.

    Line ends do not count: a checkout may change them.
    """
    path = hook_path(loaded, Hook.FEATURES)
    if path is None:
        return None
    digest = sha256()
    folders = (path.parent, *loaded.bases)
    for name in load_features(loaded).MODULES:
        module = next((folder / name for folder in folders if (folder / name).is_file()), path.parent / name)
        content = module.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{name}:{len(content)}\n".encode() + content)
    return digest.hexdigest()


def hook_path(loaded: LoadedChallenge, hook: Hook | str) -> Path | None:
    """Return the file of a hook: the challenge's own, else that of a challenge which it extends.

    A simulator is never another's, as its objects are of other classes. Features of series are always there:
    those of `inputs/light_curves`, where none are written.
    """
    folders = [loaded.folder] if hook == Hook.SIMULATE else [loaded.folder, *loaded.bases]
    paths = (folder / f"{Hook(hook)}.py" for folder in folders)
    found = next((path for path in paths if path.is_file()), None)
    if found is None and hook == Hook.FEATURES and loaded.challenge.input.kind is InputKind.SERIES:
        return default_features()
    return found


def default_features() -> Path:
    """Return the file of the features of series that a challenge has by default."""
    return Path(str(importlib.resources.files(DEFAULT_FEATURES))) / "features.py"


def load_hook(loaded: LoadedChallenge, hook: Hook | str) -> ModuleType | None:
    """Import a challenge's hook, or return None where it has no such file.

    Parameters
    ----------
    hook
        "features", "model" or "simulate".

    Raises
    ------
    MissingExtraError
        The hook needs a package that an extra installs.
    OutclassError
        The hook cannot be imported.
    """
    path = hook_path(loaded, hook)
    if path is None:
        return None
    try:
        return _import(path)
    except ModuleNotFoundError as error:
        package = (error.name or "").split(".")[0]
        if package in EXTRA_OF_MODULE:
            raise MissingExtraError(
                EXTRA_OF_MODULE[package], what=f"{path.name} of {loaded.name} needs {package}"
            ) from error
        raise OutclassError(
            "this file needs a package that is not installed", where=str(path), got=package
        ) from error


def _import(path: Path) -> ModuleType:
    """Import a file: under its package's name where it is ours, else under a name made of its path."""
    if path == default_features():
        return importlib.import_module(f"{DEFAULT_FEATURES}.features")
    if path.parent.parent == packaged_folder().resolve():
        return importlib.import_module(f"{PACKAGED}.{path.parent.name}.{path.stem}")
    mark = sha256(str(path.parent).encode()).hexdigest()[:12]
    name = f"{OWN}_{mark}_{path.stem}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
