"""Which column is the label: by its name, its values and its place."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from outclass.catalog.recognizing import names
from outclass.catalog.recognizing.columns import Column, Content
from outclass.catalog.recognizing.found import Choices, Question
from outclass.catalog.recognizing.refusals import Refusal, RefusedDataError
from outclass.catalog.recognizing.tables import UnsureError

MOST_CLASSES = 200
FEW_NUMBERS = 20
"""Whole numbers with more different values than this are measured, not classes."""
FEW_STEPS = 10
"""Of numbers with fractions, such as ratings of half a star, only so many."""
CLEAR = 0.6
"""By how much the best guess must be better than the next to be taken unasked."""
CLEARLY_TOLD = 0.1
MOST_RIVALS = 8
LONGEST = 60
"""Letters of the name of a class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelColumn:
    """The column of the label, why it is believed to be it, and what may be asked."""

    column: Column
    evidence: tuple[str, ...]
    doubts: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Closeness:
    """Tells columns apart that may all be the label.

    Attributes
    ----------
    same
        Whether two columns say the same in other words.
    dependence
        How much the other columns tell of one, from 0 to 1.
    """

    same: Callable[[str, str], bool]
    dependence: Callable[[str], float]


def find_label(
    columns: Mapping[str, Column],
    choices: Choices,
    path: Path,
    *,
    named: bool,
    close: Closeness | None = None,
) -> LabelColumn:
    """Find the column of the label.

    Parameters
    ----------
    named
        Whether the file has a header.
    close
        Tells of columns that may all be it.

    Raises
    ------
    RefusedDataError
        No column can be it, or the one that is it has no classes.
    UnsureError
        Several may be it.
    """
    if choices.label is not None:
        return LabelColumn(
            column=_given(columns, choices.label, path), evidence=(f"label: you said `{choices.label}`",)
        )
    headers = list(columns)
    scores = {
        header: score_of(column, place, len(headers), named=named)
        for place, (header, column) in enumerate(columns.items())
        if header not in choices.ignore
    }
    possible = {header: score for header, score in scores.items() if score is not None}
    if (refusal := better_elsewhere(columns, possible, choices, path)) is not None:
        raise refusal
    ranked = sorted(possible, key=lambda header: (-possible[header], headers.index(header)))
    best = ranked[0]
    weights = {header: names.label_weight(header) if named else 0.0 for header in ranked}
    rivals = [
        header
        for header in ranked[1:]
        if possible[best] - possible[header] < CLEAR and weights[best] - weights[header] < 1.0
    ]
    doubts: tuple[str, ...] = ()
    alike = dict.fromkeys([*rivals, *(header for header in ranked[1:] if weights[header] >= 2.0)])
    copies = [header for header in alike if close is not None and close.same(best, header)]
    if copies:
        # The label twice, as words and as numbers: the words are taken.
        best = max([best, *copies], key=lambda header: columns[header].content is Content.CATEGORY)
        rivals = [header for header in rivals if header not in copies and header != best]
    if rivals and close is not None:
        best, rivals, doubts = by_dependence(best, rivals, close)
    question = Question(
        option="label", text=asked_of([best, *rivals], columns), answers=tuple(ranked[:8]), sure=not rivals
    )
    if rivals:
        raise UnsureError(question, unclear([best, *rivals], columns, path))
    evidence = (told(columns[best], headers.index(best), len(headers), named=named),)
    return LabelColumn(column=columns[best], evidence=evidence, doubts=doubts, questions=(question,))


def by_dependence(best: str, rivals: list[str], close: Closeness) -> tuple[str, list[str], tuple[str, ...]]:
    """Choose among columns that look alike the one that the others tell most of, where it clearly is.

    Returns
    -------
    tuple
        The best, the rivals that are left, and the doubt where there are none.
    """
    told_of = {header: close.dependence(header) for header in [best, *rivals[:MOST_RIVALS]]}
    first, second, *_ = sorted(told_of, key=lambda header: -told_of[header])
    if len(rivals) > MOST_RIVALS or told_of[first] - told_of[second] < CLEARLY_TOLD:
        return best, rivals, ()
    others = ", ".join(f"`{header}`" for header in told_of if header != first)
    doubt = f"the label may also be {others}; the other columns tell most of `{first}` (else: --label COLUMN)"
    return first, [], (doubt,)


def _given(columns: Mapping[str, Column], label: str, path: Path) -> Column:
    """Return the column that somebody named."""
    lower = {header.lower(): column for header, column in columns.items()}
    column = columns.get(label) or lower.get(label.lower())
    if column is None:
        raise RefusedDataError(
            Refusal.NO_LABEL,
            "there is no such column",
            where=str(path),
            got=label,
            accepted=", ".join(columns),
        )
    return column


def score_of(column: Column, place: int, width: int, *, named: bool) -> float | None:
    """Return how likely a column is the label; None where it cannot be."""
    if not may_be(column):
        return None
    weight = names.label_weight(column.header) if named else 0.0
    score = weight
    score += 1.0 if place == width - 1 else 0.7 if place == 0 else 0.0
    score += 0.5 if column.content is Content.CATEGORY else 0.0
    score += 0.5 if column.different <= 20 else 0.2 if column.different <= 60 else 0.0
    score -= 1.5 * column.missing_share
    if names.is_group(column.header) and weight < 3:
        score -= 1.0
    if names.plain(column.header) in names.SPLITS:
        score -= 3.0
    if names.is_id(column.header):
        score -= 1.0
    return score


def may_be(column: Column) -> bool:
    """Tell whether a column has the values of a label: few, and each several times."""
    if column.different < 2 or column.filled < 2 * column.different:
        return False
    match column.content:
        case Content.CATEGORY:
            return True
        case Content.NUMBER:
            return column.different <= (FEW_NUMBERS if column.whole else FEW_STEPS)
        case Content.NAMES:
            return column.different <= MOST_CLASSES
        case _:
            return False


def better_elsewhere(
    columns: Mapping[str, Column], possible: Mapping[str, float], choices: Choices, path: Path
) -> RefusedDataError | None:
    """Return the refusal where a column that is named as a label has no classes, or where none has any."""
    strongest = max((names.label_weight(header) for header in possible), default=0.0)
    last = list(columns)[-1]
    for header, column in columns.items():
        if header in possible or header in choices.ignore or (possible and is_coordinate(header, columns)):
            continue
        weight = names.label_weight(header)
        measured = names.is_measure(header) and header == last
        if (weight >= 2.0 or measured) and max(weight, 1.5) > strongest:
            return no_classes(column, path, others=possible)
    if possible:
        return None
    unlabeled = [c for c in columns.values() if c.content is Content.EMPTY and names.label_weight(c.header)]
    if unlabeled:
        return no_classes(unlabeled[0], path, others=possible)
    constant = [
        c
        for c in columns.values()
        if c.content is Content.CONSTANT and (names.label_weight(c.header) or c.header == last)
    ]
    if constant:
        return no_classes(constant[0], path, others=possible)
    return RefusedDataError(
        Refusal.NO_LABEL,
        "no column looks like a label: none has a few values that come several times each",
        where=str(path),
        got="; ".join(f"{header}: {seen(column)}" for header, column in list(columns.items())[:12]),
        hint="name one with --label COLUMN; without labels it can still be a data site",
    )


def is_coordinate(header: str, columns: Mapping[str, Column]) -> bool:
    """Tell whether a column called `y` stands beside an `x`, as places do."""
    return names.plain(header) == "y" and any(names.plain(other) == "x" for other in columns)


def no_classes(column: Column, path: Path, others: Iterable[str] = ()) -> RefusedDataError:
    """Return why a column cannot be the label."""
    where = f"{path}, column {column.header}"
    named = ", ".join(others)
    hint = f"or name another column with --label: {named}" if named else None
    got = f"{column.different:,} different values in {column.filled:,} rows"
    match column.content:
        case Content.EMPTY:
            what, hint = "the label is missing in every row", "without labels it can still be a data site"
            return RefusedDataError(Refusal.UNLABELED, what, where=where, got="no value at all", hint=hint)
        case Content.CONSTANT:
            got = f"`{column.values[0][0]}` in {column.filled:,} rows" if column.values else got
            what = "all rows have the same label: there is nothing to tell apart"
            return RefusedDataError(
                Refusal.ONE_CLASS, what, where=where, got=got, accepted="two classes at least", hint=hint
            )
        case Content.NUMBER if not may_be(column):
            return RefusedDataError(
                Refusal.CONTINUOUS_LABEL,
                "the label is a measured number: predicting it is regression, and a challenge needs classes",
                where=where,
                got=f"{got}, from {column.low:g} to {column.high:g}",
                accepted=f"at most {FEW_NUMBERS} different whole numbers, or words",
                hint="cut it into ranges (such as low, middle, high) in a column of its own, and try again"
                + (f"; {hint}" if hint else ""),
            )
        case Content.DATE:
            what = "the label is a date, which is no class"
            return RefusedDataError(Refusal.CONTINUOUS_LABEL, what, where=where, got=got, hint=hint)
        case _:
            return RefusedDataError(
                Refusal.UNIQUE_LABELS,
                "nearly every row has a label of its own, as a name or an id has",
                where=where,
                got=got,
                accepted="labels that come several times each",
                hint=hint,
            )


def unclear(headers: Sequence[str], columns: Mapping[str, Column], path: Path) -> RefusedDataError:
    """Return the refusal where several columns may be the label."""
    shown = "; ".join(f"{header} ({seen(columns[header])})" for header in headers[:6])
    return RefusedDataError(
        Refusal.UNCLEAR_LABEL,
        "several columns may be the label, and none is clearly it",
        where=str(path),
        got=shown,
        hint=f"say which: --label {headers[0]}",
    )


def asked_of(headers: Sequence[str], columns: Mapping[str, Column]) -> str:
    """Return the question which of some columns is the label."""
    if len(headers) == 1:
        return "Which column is the label?"
    shown = ", ".join(f"{header} ({seen(columns[header])})" for header in headers[:6])
    return f"Several columns may be the label: {shown}. Which is it?"


def told(column: Column, place: int, width: int, *, named: bool) -> str:
    """Say why a column is taken for the label."""
    reasons = []
    if named and names.label_weight(column.header):
        reasons.append("named like a label")
    if place in {0, width - 1}:
        reasons.append("the last column" if place else "the first column")
    if column.different <= 20:
        reasons.append("few values")
    return f"label: column `{column.header}`: {seen(column)}; {', '.join(reasons) or 'the likeliest of all'}"


def seen(column: Column) -> str:
    """Say in a few words what a column holds."""
    match column.content:
        case Content.EMPTY:
            return "empty"
        case Content.NUMBER if column.different > FEW_NUMBERS:
            return f"numbers from {column.low:g} to {column.high:g}"
        case _:
            return f"{column.different:,} values in {column.filled:,} rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Classes:
    """The classes of a label, and what becomes of its spellings.

    Attributes
    ----------
    counts
        Rows by the name of each class.
    labels
        The class of each spelling that is another text.
    ignored
        Labels that are left out, as too few rows have them.
    """

    counts: dict[str, int]
    labels: dict[str, str]
    ignored: dict[str, int]

    @property
    def declared(self) -> list[dict[str, object]]:
        """Return the classes as they stand in the YAML."""
        titles = titles_of(list(self.counts))
        return [{"name": name, "title": titles[name]} for name in self.counts]


def titles_of(found: Sequence[str]) -> dict[str, str]:
    """Return a title for each class, all different."""
    titles = {name: names.title_of(name) if len(name) > 2 else name for name in found}
    same = [title for title in titles.values() if list(titles.values()).count(title) > 1]
    return {name: name if title in same else title for name, title in titles.items()}


def shortened(name: str) -> str:
    """Return the name of a class by its label: at most as long as the schema lets it be."""
    return name[:LONGEST].strip()


def tidy(text: str) -> str:
    """Return a label without what makes no difference.

    >>> tidy("  Big   Cat "), tidy("1.0")
    ('big cat', '1')
    """
    plain = " ".join(text.casefold().split())
    return plain[:-2] if plain.endswith(".0") and plain[:-2].lstrip("-").isdigit() else plain


def classes_of(values: Mapping[str, int], least: int) -> Classes:
    """Put spellings together and take out classes that too few rows have.

    Parameters
    ----------
    values
        How many rows have each label, as it stands in the data.
    least
        So many rows a class needs.
    """
    kinds: dict[str, dict[str, int]] = {}
    for value, count in sorted(values.items()):
        if value.strip():
            kinds.setdefault(tidy(value), {})[value.strip()] = count + kinds.get(tidy(value), {}).get(
                value.strip(), 0
            )
    counts: dict[str, int] = {}
    labels: dict[str, str] = {}
    ignored: dict[str, int] = {}
    for plain, written in kinds.items():
        total = sum(written.values())
        name = max(written, key=lambda one: (written[one], one))
        name = shortened(plain if tidy(name) == plain and name.endswith(".0") else name)
        if total < least:
            ignored |= dict.fromkeys(written, total)
            continue
        counts[name] = total
        labels |= {one: name for one in written if one != name}
    order = sorted(counts, key=by_number)
    return Classes(counts={name: counts[name] for name in order}, labels=labels, ignored=ignored)


def by_number(name: str) -> tuple[float, str]:
    """Order classes by their numbers where they are numbers, else by name."""
    try:
        return float(name), name
    except ValueError:
        return float("inf"), name.casefold()
