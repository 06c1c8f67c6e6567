"""The examples in docstrings give what they say."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

PACKAGES = ("base", "metrics", "inputs", "catalog", "registry", "inference", "stream")
MODULES = sorted(
    module.name
    for package in PACKAGES
    for module in pkgutil.walk_packages(
        importlib.import_module(f"outclass.{package}").__path__, f"outclass.{package}."
    )
)


@pytest.mark.parametrize("name", [*(f"outclass.{package}" for package in PACKAGES), *MODULES])
def test_examples(
    name: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    helpers = {"getfixture": request.getfixturevalue}
    assert doctest.testmod(importlib.import_module(name), extraglobs=helpers).failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder()
    found = [test for name in MODULES for test in finder.find(importlib.import_module(name)) if test.examples]
    assert len(found) > 10
