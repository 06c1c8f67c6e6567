"""The questions about a drafted data dictionary; what is left empty stays as it was seen."""

from pathlib import Path

import typer

from outclass.catalog.dictionary.declaration import DType
from outclass.catalog.dictionary.drafting import ColumnDraft, Draft, describe
from outclass.catalog.dictionary.exporting import ExportKind
from outclass.cli.output import print_table

PARSING = {
    "delimiter": ("Between values", ","),
    "encoding": ("Encoding", "utf-8"),
    "header": ("Does the first line name the columns", True),
}
NONE = "none"


def ask_about(draft: Draft, path: Path) -> Draft:
    """Ask how a file is read, which types its columns have, and how it is cleaned."""
    show(draft)
    entry = dict(draft.entry)
    title = typer.prompt("What is it", default="", show_default=False)
    for key, (question, usual) in PARSING.items():
        seen = entry.get(key, usual)
        answer = (
            typer.confirm(question, default=seen)
            if isinstance(seen, bool)
            else typer.prompt(question, default=seen)
        )
        if answer != usual or key in entry:
            entry[key] = answer
    if entry != draft.entry:
        draft = describe(
            path, {key: value for key, value in entry.items() if key not in {"dtypes", "na_values"}}
        )
        show(draft)
        entry = dict(draft.entry)
    rules = {each.name: found for each in draft.columns if (found := column_rules(each, entry))}
    if rules:
        entry["column_rules"] = rules
    if typer.confirm("Drop rows that are alike", default=False):
        entry["dataframe_rules"] = {"drop_duplicates": True}
    share = typer.prompt("Share of the rows to keep", default=1.0, type=float)
    if share < 1.0:
        entry["sampling"] = {"factor": share, "seed": typer.prompt("Seed of the sample", default=1, type=int)}
    kinds = [NONE, *(kind.value for kind in ExportKind)]
    export = typer.prompt(f"Write it as ({', '.join(kinds)})", default=NONE)
    if export != NONE:
        entry["exporter"] = export
    named = {"title": title} if title else {}
    return Draft(entry=named | entry, columns=draft.columns, rows=draft.rows)


def column_rules(column: ColumnDraft, entry: dict[str, object]) -> dict[str, object]:
    """Ask for the type and the rules of one column."""
    kinds = {kind.value for kind in DType}
    answer = typer.prompt(f"{column.name}: type", default=column.kind.value)
    types = entry.setdefault("dtypes", {})
    if answer in kinds and isinstance(types, dict) and answer != DType.STRING:
        types[column.name] = answer
    if not types:
        del entry["dtypes"]
    rules: dict[str, object] = {}
    if typer.confirm(f"{column.name}: drop rows without a value", default=False):
        rules["drop_na"] = True
    if column.values and typer.confirm(
        f"{column.name}: accept only {', '.join(column.values)}", default=False
    ):
        rules["unique_values"] = list(column.values)
    return rules


def show(draft: Draft) -> None:
    """Print what was seen of each column."""
    rows = [
        (each.name, each.kind.value, each.missing, each.different, each.longest) for each in draft.columns
    ]
    print_table(("column", "type", "missing", "different", "longest"), rows)
