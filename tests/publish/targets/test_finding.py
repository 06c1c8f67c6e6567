"""Targets are found: our own and those of other packages, which become commands with their options."""

import json
from importlib.metadata import EntryPoint
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner

from outclass.base.errors import InputError, OutclassError
from outclass.cli.targets import add_targets
from outclass.publish.targets import finding
from outclass.publish.targets.base import TargetOption, empty_folder


class Mars:
    """A target of somebody else."""

    name = "mars"
    help = "To Mars."
    options = (
        TargetOption(name="crater", help="Where to land.", required=True),
        TargetOption(name="landing-speed", help="In m/s.", default="3"),
    )

    def generate(self, context, into):
        (into / "flight").mkdir()
        told = dict(context.options) | {"licence": context.bundle.licence}
        (into / "flight" / "plan.json").write_text(json.dumps(told))

    def publish(self, context, folder):
        return f"landed with {sorted(path.name for path in folder.rglob('*.json'))}"


TARGET = Mars()
SHARED = SimpleNamespace(name="mars")


def offer(monkeypatch, *values):
    entries = [EntryPoint(name="any", value=value, group=finding.GROUP) for value in values]
    monkeypatch.setattr(finding, "entry_points", lambda **_: entries)
    monkeypatch.setattr(EntryPoint, "load", lambda self: OFFERED[self.value]())


def broken():
    raise ImportError("no module named mars")


OFFERED = {
    "mars:TARGET": lambda: TARGET,
    "mars:AGAIN": lambda: TARGET,
    "mars:HALF": lambda: SHARED,
    "x:y": broken,
}


@pytest.fixture
def mars(monkeypatch):
    offer(monkeypatch, "mars:TARGET")
    app = typer.Typer()
    app.command("other")(lambda: None)
    add_targets(app)
    return lambda *words: CliRunner().invoke(app, ["mars", *words])


def test_another_packages_target_is_a_command(mars, tmp_path):
    ran = mars("--crater", "Gale", "--licence", "CC0-1.0", "--generate-dir", str(tmp_path / "out"))

    assert ran.exit_code == 0, ran.output
    plan = json.loads((tmp_path / "out" / "flight" / "plan.json").read_text())
    assert plan == {"crater": "Gale", "landing-speed": "3", "licence": "CC0-1.0"}
    assert "landed" not in ran.output


def test_without_a_folder_it_is_handed_over(mars):
    assert "landed with ['plan.json']" in mars("--crater", "Gale").output


def test_its_options_are_asked_for(mars):
    assert mars().exit_code == 2
    assert mars("--crater", "Gale", "--warp", "9").exit_code == 2


def test_nothing_is_overwritten(mars, tmp_path):
    (tmp_path / "mine").write_text("")

    assert isinstance(mars("--crater", "Gale", "--generate-dir", str(tmp_path)).exception, InputError)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert empty_folder(tmp_path / "new" / "folder").is_dir()


def test_what_is_refused_leaves_nothing(mars, tmp_path, monkeypatch):
    def refuse(context, into):
        (into / "half").write_text("")
        raise InputError("no such crater")

    monkeypatch.setattr(TARGET, "generate", refuse, raising=False)

    assert isinstance(mars("--crater", "Gale", "--generate-dir", str(tmp_path / "out")).exception, InputError)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["x:y"], "cannot be loaded"),
        (["mars:HALF"], "without help, options, generate, publish"),
        (["mars:TARGET", "mars:AGAIN"], "one name"),
    ],
)
def test_a_broken_package_is_named(monkeypatch, values, said):
    offer(monkeypatch, *values)

    with pytest.raises(OutclassError, match=said):
        finding.all_targets()
