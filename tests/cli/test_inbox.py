"""Rows that were sent in are told of where their version is shown."""

from outclass.catalog.inbox_rows import InboxRow, keep_rows
from small_texts import text_challenge

DATASET = {
    "title": "Notes",
    "licence": "CC0-1.0",
    "citation": "Made for a test.",
    "source": {"kind": "table", "files": {"notes": {"path": "notes.csv"}}},
}


def test_a_version_tells_how_many_rows_were_sent_in(call, settings, tmp_path):
    folder = text_challenge(tmp_path / "notes", dataset=DATASET)
    lines = "".join(f"{'offer' if number % 2 else 'call'},words {number}\n" for number in range(40))
    (folder / "notes.csv").write_text(f"label,text\n{lines}", encoding="utf-8")
    keep_rows(settings.data_folder / "notes", [InboxRow(text="more words", label="call")])

    assert call("collect", folder).code == 0
    assert "inbox 1 added, 0 left out" in " ".join(call("data", "show", folder).out.split())
