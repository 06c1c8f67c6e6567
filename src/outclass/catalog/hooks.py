"""The one place that loads code of a challenge: `features.py`, `model.py` and `simulate.py` of its folder."""

import importlib
import importlib.util
import sys
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from types import ModuleType

from outclass.base.errors import MissingExtraError, OutclassError
from outclass.catalog.loader import LoadedChallenge, packaged_folder

PACKAGED = "outclass.challenges"
OWN = "outclass_own_challenges"
EXTRA_OF_MODULE = {
    "torch": "torch",
    "sklearn": "train",
    "lightgbm": "train",
    "onnx": "train",
    "optuna": "train",
}


class Hook(StrEnum):
    """The files of code that a challenge may have."""

    FEATURES = "features"
    MODEL = "model"
    SIMULATE = "simulate"


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
    path = loaded.folder / f"{Hook(hook)}.py"
    if not path.is_file():
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
