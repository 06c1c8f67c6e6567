"""A home folder, a packaged registry, and folders of files to register."""

from collections.abc import Callable
from pathlib import Path

import pytest

from models import CARD, tiny_onnx, tiny_signature
from outclass.base.document import to_json
from outclass.base.settings import Settings
from outclass.registry.store import Registry

MakeFiles = Callable[..., Path]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings with an empty home."""
    return Settings(home=tmp_path / "home", database_url="sqlite:///unused")


@pytest.fixture
def registry(settings: Settings, tmp_path: Path) -> Registry:
    """Return a registry without packaged versions."""
    return Registry(settings, packaged=tmp_path / "packaged")


@pytest.fixture
def make_files(tmp_path: Path) -> MakeFiles:
    """Return a function that writes the files of a version; another seed is another version."""

    def make(seed: int = 0) -> Path:
        folder = tmp_path / f"files-{seed}"
        folder.mkdir()
        (folder / "model.onnx").write_bytes(tiny_onnx(seed=seed, hidden=2))
        (folder / "signature.json").write_bytes(to_json(tiny_signature()))
        (folder / "card.md").write_text(CARD)
        return folder

    return make
