"""The model card: what a model is, on what it was trained, how good it is, where it fails."""

import re
from pathlib import Path

from outclass.base.errors import RegistryError

SECTIONS = (
    "What it does",
    "Data",
    "Training",
    "Scores",
    "Inputs that are none of the classes",
    "Limits",
    "Licence",
)
HEADING = re.compile(r"^## +(.+?) *$", re.MULTILINE)


def write_card(title: str, sections: dict[str, str]) -> str:
    """Return a card as Markdown with all required sections in their order.

    Raises
    ------
    RegistryError
        If a section is missing, empty or unknown.
    """
    if unknown := sorted(set(sections) - set(SECTIONS)):
        raise RegistryError("a card has no such section", got=unknown[0], accepted=", ".join(SECTIONS))
    text = "\n\n".join(
        [f"# {title}", *(f"## {name}\n\n{sections.get(name, '').strip()}" for name in SECTIONS)]
    )
    check_card(text, where="the card to write")
    return text.rstrip() + "\n"


def read_card(text: str) -> dict[str, str]:
    r"""Return the sections of a card by heading.

    >>> read_card("# T\n\n## Data\n\nMNIST\n")
    {'Data': 'MNIST'}
    """
    parts = HEADING.split(text)
    return {name: body.strip() for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def check_card(text: str, *, where: str) -> None:
    """Refuse a card that lacks a required section, or has nothing to say in one."""
    sections = read_card(text)
    if missing := [name for name in SECTIONS if not sections.get(name)]:
        raise RegistryError(
            "the card is not complete",
            where=where,
            got=f"nothing under {', '.join(missing)}",
            accepted="text",
        )


def card_of(folder: Path) -> str:
    """Return the text of a version's card."""
    return (folder / "card.md").read_text(encoding="utf-8")
