"""A cleaning report as text and as a page."""

from collections.abc import Iterable, Iterator
from html import escape

from outclass.catalog.dictionary.report import DictionaryReport, RuleCount

PAGE_STYLE = """\
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 1rem 0.25rem 0; }
tr { border-bottom: 1px solid #ccc; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
code { overflow-wrap: anywhere; }
"""


def facts_of(report: DictionaryReport) -> Iterator[tuple[str, str]]:
    """Yield what is told of a table as names and values."""
    yield "rows in", f"{report.rows_in:,}"
    if report.rows_sampled != report.rows_in:
        yield "rows of the sample", f"{report.rows_sampled:,}"
    yield "rows dropped", f"{sum(rule.rows for rule in report.dropped):,}"
    yield "values repaired", f"{sum(rule.rows for rule in report.repaired):,}"
    yield "rows out", f"{report.rows_out:,}"
    if report.content_sha256:
        yield "content sha256", report.content_sha256


def report_text(report: DictionaryReport) -> str:
    """Return a report as lines for people."""
    lines = [report.name, *(f"  {name}: {value}" for name, value in facts_of(report))]
    for title, rules in (("dropped", report.dropped), ("repaired", report.repaired)):
        lines += [f"  {title} by {rule.rule}: {rule.rows:,} ({examples_of(rule)})" for rule in rules]
    lines += [f"  file {file.name}: {file.rows:,} rows" for file in report.files]
    lines += [f"  column {name}: {kind}" for name, kind in report.columns.items()]
    lines += [f"  warning: {warning}" for warning in report.warnings]
    return "\n".join(lines) + "\n"


def examples_of(rule: RuleCount) -> str:
    """Return the first rows that a rule was applied to."""
    files = {example.file for example in rule.examples}
    shown = [
        (f"{example.file} " if len(files) > 1 else "")
        + f"row {example.row:,}"
        + (f" {example.value!r}" if example.value is not None else "")
        for example in rule.examples
    ]
    return ", ".join(shown) + (", ..." if rule.rows > len(rule.examples) else "")


def report_page(report: DictionaryReport, stylesheet: str | None = None) -> str:
    """Return a report as a page without scripts.

    Parameters
    ----------
    stylesheet
        Address of a style sheet; a few lines of style inside the page if not given.
    """
    style = (
        f'<link rel="stylesheet" href="{escape(stylesheet)}">'
        if stylesheet
        else f"<style>\n{PAGE_STYLE}</style>"
    )
    title = f"Cleaning report: {escape(report.name)}"
    rules = [("dropped", rule) for rule in report.dropped] + [("repaired", rule) for rule in report.repaired]
    parts = [
        _table(("", ""), facts_of(report), numbers=()),
        "<h2>Rules</h2>\n"
        + _table(
            ("rule", "what it did", "rows", "first rows"),
            ((rule.rule, what, f"{rule.rows:,}", examples_of(rule)) for what, rule in rules),
            numbers=(2,),
        ),
        "<h2>Files</h2>\n"
        + _table(
            ("file", "rows", "sha256"),
            ((file.name, f"{file.rows:,}", file.sha256 or "") for file in report.files),
            numbers=(1,),
        ),
        "<h2>Columns</h2>\n" + _table(("column", "type"), report.columns.items(), numbers=()),
        "".join(f"<p>Warning: {escape(warning)}</p>\n" for warning in report.warnings),
    ]
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f'<meta name="viewport" content="width=device-width">\n{style}\n</head>\n<body>\n<main>\n'
        f"<h1>{title}</h1>\n{''.join(parts)}</main>\n</body>\n</html>\n"
    )


def _table(names: tuple[str, ...], rows: Iterable[tuple[str, ...]], numbers: tuple[int, ...]) -> str:
    """Return a table; some columns hold numbers."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    lines = "".join(
        "<tr>"
        + "".join(
            f'<td class="number">{escape(cell)}</td>' if place in numbers else f"<td>{escape(cell)}</td>"
            for place, cell in enumerate(row)
        )
        + "</tr>\n"
        for row in rows
    )
    return (
        f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{lines}</tbody>\n</table>\n"
        if lines
        else "<p>None.</p>\n"
    )
