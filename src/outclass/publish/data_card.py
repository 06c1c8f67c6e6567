"""The card of a data version: what is in it, where it comes from, how it was cleaned, what it is for."""

from collections.abc import Iterator, Mapping

from outclass.catalog.challenge import InputKind
from outclass.catalog.cleaning import REASONS
from outclass.catalog.dataset import DatasetVersion
from outclass.catalog.licence_uses import licence_uses
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.split import Split
from outclass.publish.front_matter import TASKS, front_matter, licence_facts

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
LARGEST = "1M<n<10M"


def data_card(
    version: DatasetVersion, loaded: LoadedChallenge, left_out: Mapping[str, int] | None = None
) -> str:
    """Return the card of a data version as Markdown, with the first lines that Hugging Face reads.

    Parameters
    ----------
    left_out
        How many objects are not in what the card lies beside, by reason.
    """
    document, challenge = version.document, loaded.challenge
    total = sum(sum(found.values()) for found in document.counts.values())
    facts = {
        **licence_facts(document.licence, document.licence_url),
        "pretty_name": document.title,
        "task_categories": [TASKS[document.kind]],
        "size_categories": [next((name for most, name in SIZES if total < most), LARGEST)],
        "tags": ["outclass", "croissant", document.kind.value, challenge.name],
        "annotations_creators": ["machine-generated"] if document.sample else ["found"],
    }
    return front_matter(facts) + "\n".join(_lines(version, loaded, left_out or {})) + "\n"


def _lines(version: DatasetVersion, loaded: LoadedChallenge, left_out: Mapping[str, int]) -> Iterator[str]:
    """Yield the lines of a card."""
    document, challenge = version.document, loaded.challenge
    yield from ("", f"# {document.title}", "", f"{challenge.question} {challenge.summary}", "")
    if challenge.warning:
        yield from (f"> {challenge.warning}", "")
    yield from ("## What is in it", "", *_counts(version, loaded), "")
    if document.kind is InputKind.SERIES:
        yield from (f"{document.observations:,} observations.", "")
    yield from (f"- left out: {count:,} objects, {reason}" for reason, count in left_out.items())
    yield from ("", "## Where it comes from", "", document.citation, "")
    if document.homepage:
        yield from (f"<{document.homepage}>", "")
    yield from (f"- {role}: `{one.name}`, sha256 `{one.sha256}`" for role, one in document.sources.items())
    yield from ("", "## How it was cleaned", "")
    cleaning = document.cleaning
    yield f"{cleaning.rows_read:,} rows were read, {cleaning.rows_kept:,} are here."
    yield ""
    yield from (
        f"- {count:,} {reason.value}: {REASONS.get(reason, '')}"
        for reason, count in cleaning.removed.items()
        if count
    )
    yield from ("", "## How it is split", "", _split_text(version), "")
    yield from (
        "## What it may be used for",
        "",
        f"Licence: {document.licence} {document.licence_url}".rstrip(),
    )
    yield ""
    yield from (
        f"- {use.licence.name}: {use.photos:,} photos, {use.meaning}" for use in licence_uses(version)
    )
    if document.notes:
        yield from ("", document.notes)
    yield from ("", "## Version", "", f"`{document.id}`, content sha256 `{document.content_sha256}`.")
    if document.sample:
        yield "These objects are made up."


def _counts(version: DatasetVersion, loaded: LoadedChallenge) -> Iterator[str]:
    """Yield a table of objects by class and split."""
    document = version.document
    sides = [split for split in Split if any(document.counts.get(split, {}).values())]
    titles = {label.name: label.title for label in loaded.challenge.classes}
    yield f"| class | {' | '.join(sides)} |"
    yield f"|---|{'---:|' * len(sides)}"
    for name in document.classes:
        counts = (f"{document.counts[side].get(name, 0):,}" for side in sides)
        yield f"| {titles.get(name, name)} (`{name}`) | {' | '.join(counts)} |"


def _split_text(version: DatasetVersion) -> str:
    """Say how objects were divided."""
    return (
        f"By a hash of each object's group and the salt `{version.document.split.salt}`, so that an object "
        "never changes sides. `train` is learned from, `validation` chooses; `holdout` is for a last look: "
        "never learn from it. Objects that are played are not told until they are retired."
    )
