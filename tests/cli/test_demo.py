"""What the demo collects before it starts: what takes seconds, and never a search of the network."""

from dataclasses import replace

import pytest

from outclass.catalog.loader import list_challenges, load_challenge
from outclass.cli import demo


@pytest.mark.parametrize("mirror", [None, "/photos"])
@pytest.mark.parametrize("name", list_challenges())
def test_the_demo_takes_the_mirror_first_and_then_the_sample(name, mirror, settings):
    ways = demo.choices_of(load_challenge(name), replace(settings, mirror=mirror))
    searched = load_challenge(name).challenge.dataset.reader.kind == "inaturalist"

    assert ways == ([] if searched else [[], ["--sample"]] if mirror else [["--sample"]])


def test_a_challenge_without_files_and_sample_is_told_and_nothing_runs(settings, capsys, monkeypatch):
    monkeypatch.setattr(demo.subprocess, "run", lambda *_, **__: pytest.fail("something was run"))
    demo.collect_quickly("cats", settings)

    assert "outclass collect cats" in capsys.readouterr().err


def test_the_demo_leads_to_a_photo_of_ones_own(settings, capsys):
    demo.welcome("http://127.0.0.1:8000", settings, "demo.log")

    assert "http://127.0.0.1:8000/c/mushrooms/try/" in capsys.readouterr().out
