import hashlib
import json
import logging
import threading
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest

from models import tiny_digits_version
from outclass.base.errors import RegistryError, UnavailableError
from outclass.base.settings import Settings
from outclass.inference import champion
from outclass.inference.champion import ChampionWatcher
from outclass.registry.store import Registry
from outclass.registry.version import Manifest, ModelVersion, Signature

ROW = np.eye(28, dtype=np.float32)


class Shelf:
    """The part of a registry that the watcher uses, on the same files."""

    def __init__(self, models: Path) -> None:
        self.folder = models / "digits"

    def champion(self, name: str) -> ModelVersion:
        aliases = json.loads(self.alias_file().read_bytes())
        folder = self.folder / aliases["champion"]
        return ModelVersion(
            id=folder.name,
            folder=folder,
            manifest=msgspec.json.decode((folder / "manifest.json").read_bytes(), type=Manifest),
            signature=msgspec.json.decode((folder / "signature.json").read_bytes(), type=Signature),
        )

    def alias_stamp(self, name: str) -> str:
        return hashlib.sha256(self.alias_file().read_bytes()).hexdigest()

    def alias_file(self) -> Path:
        path = self.folder / "aliases.json"
        if not path.is_file():
            raise RegistryError("there is no model of this name", where="digits")
        return path


def until(condition: object, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        threading.Event().wait(0.01)


def test_new_champion_takes_over(tmp_path: Path) -> None:
    tiny_digits_version(tmp_path, favorite=3)
    with ChampionWatcher(Shelf(tmp_path), "digits", interval=0.02) as watcher:
        assert watcher.ready
        assert watcher.current().predict_one(ROW).answer == "3"
        tiny_digits_version(tmp_path, favorite=8)
        until(lambda: watcher.current().predict_one(ROW).answer == "8")


def test_answers_go_on_while_champions_change(tmp_path: Path) -> None:
    tiny_digits_version(tmp_path, favorite=0)
    answers: set[str | None] = set()
    failures: list[Exception] = []
    stop = threading.Event()

    def ask(watcher: ChampionWatcher) -> None:
        while not stop.is_set():
            try:
                answers.add(watcher.current().predict_one(ROW).answer)
            except Exception as error:  # noqa: BLE001
                failures.append(error)

    with ChampionWatcher(Shelf(tmp_path), "digits", interval=0.005) as watcher:
        asking = threading.Thread(target=ask, args=(watcher,))
        asking.start()
        for favorite in range(1, 6):
            tiny_digits_version(tmp_path, favorite=favorite)
            until(lambda favorite=favorite: str(favorite) in answers)
        stop.set()
        asking.join()
    assert failures == []


def test_broken_champion_is_logged_and_the_old_one_stays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_digits_version(tmp_path, favorite=3)
    watcher = ChampionWatcher(Shelf(tmp_path), "digits")
    assert watcher.check()
    broken = tiny_digits_version(tmp_path, favorite=4)
    content = (broken.folder / "model.onnx").read_bytes()
    (broken.folder / "model.onnx").write_bytes(b"broken")
    with caplog.at_level(logging.ERROR):
        assert not watcher.check()
        assert not watcher.check()
    assert watcher.current().predict_one(ROW).answer == "3"
    assert "manifest" in (watcher.problem or "")
    assert len(caplog.records) == 1

    (broken.folder / "model.onnx").write_bytes(content)
    assert not watcher.check(), "a version that failed is not tried at every look"
    monkeypatch.setattr(champion, "RETRY", 0.0)
    watcher._retry_at = 0.0
    assert watcher.check()
    assert watcher.current().predict_one(ROW).answer == "4"
    assert watcher.problem is None


def test_no_champion_yet(tmp_path: Path) -> None:
    watcher = ChampionWatcher(Shelf(tmp_path), "digits")
    assert not watcher.check()
    assert not watcher.ready
    with pytest.raises(UnavailableError, match="no model is ready"):
        watcher.current()
    tiny_digits_version(tmp_path, favorite=2)
    assert watcher.check()
    assert watcher.current().predict_one(ROW).answer == "2"


def test_unchanged_alias_loads_nothing(tmp_path: Path) -> None:
    loaded: list[str] = []
    version = tiny_digits_version(tmp_path)

    def load(version: ModelVersion) -> champion.Predictor:
        loaded.append(version.id)
        return champion.Predictor.load(version)

    watcher = ChampionWatcher(Shelf(tmp_path), "digits", load=load)
    assert watcher.check()
    assert not watcher.check()
    alias = Shelf(tmp_path).alias_file()
    alias.write_text(json.dumps({"champion": version.id, "challenger": version.id, "previous": []}))
    assert not watcher.check()
    assert loaded == [version.id]


def test_close_ends_the_thread(tmp_path: Path) -> None:
    tiny_digits_version(tmp_path)
    watcher = ChampionWatcher(Shelf(tmp_path), "digits", interval=60).start()
    thread = watcher._thread
    assert thread is not None
    watcher.close()
    assert not thread.is_alive()
    assert watcher.current().predict_one(ROW).answer is not None


def test_the_registry_itself(tmp_path: Path) -> None:
    settings = Settings.from_environment({"OUTCLASS_HOME": str(tmp_path)})
    registry = Registry(settings)
    first = tiny_digits_version(settings.models_folder, favorite=1)
    second = tiny_digits_version(settings.models_folder, favorite=2, champion=False)
    with ChampionWatcher(registry, "digits", interval=0.01) as watcher:
        assert watcher.current().version.id == first.id
        registry.promote("digits", second.id)
        until(lambda: watcher.current().predict_one(ROW).answer == "2")
        registry.rollback("digits")
        until(lambda: watcher.current().predict_one(ROW).answer == "1")
