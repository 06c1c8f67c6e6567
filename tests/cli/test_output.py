"""What people and programs see."""

import doctest
import sys

import pytest

from outclass import server
from outclass.cli import output
from outclass.cli.progress import progress_bars


@pytest.mark.parametrize("module", [output, server], ids=lambda module: module.__name__)
def test_examples(module):
    result = doctest.testmod(module)

    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "-"), ("", "-"), (True, "yes"), (0.5, "0.5"), (123456.7, "123457"), (12, "12"), ("text", "text")],
)
def test_values_are_shown_briefly(value, shown):
    assert output.show(value) == shown


def test_a_table_that_is_piped_is_never_cut(capsys):
    output.print_table(("name", "value"), [("x" * 300, 1)])

    assert "x" * 300 in capsys.readouterr().out


def test_brackets_in_data_are_no_markup(capsys):
    output.print_table(("name",), [("[bold]loud[/bold]",)])
    output.say("[red]text[/red]")

    assert "[bold]loud[/bold]" in (shown := capsys.readouterr().out)
    assert "[red]text[/red]" in shown


def test_a_bar_is_drawn_for_each_step_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with progress_bars() as progress:
        progress("download", None, "images")
        progress("download", 1.0, "images")
        progress("fit", 0.5, "epoch 3 of 6")

    drawn = capsys.readouterr().err
    assert "download" in drawn
    assert "epoch 3 of 6" in drawn


def test_no_bar_is_drawn_when_json_is_asked_for(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress_bars(quiet=True) as progress:
        progress("fit", 0.5)

    assert capsys.readouterr().err == ""
