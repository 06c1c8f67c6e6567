"""The first lines of a card in the form of Hugging Face: YAML that their site reads."""

import yaml

from outclass.catalog.challenge import InputKind
from outclass.catalog.licences import licence_of

TASKS = {
    InputKind.DRAWING: "image-classification",
    InputKind.PHOTO: "image-classification",
    InputKind.TEXT: "text-classification",
    InputKind.TABLE: "tabular-classification",
    InputKind.SERIES: "other",
}
"""Their names of tasks; they have none that classifies series."""
LICENCES = frozenset(
    {
        *("apache-2.0", "mit", "cc0-1.0", "pddl", "odc-by", "unlicense", "cdla-permissive-1.0"),
        *(f"cc-by{more}-{version}" for more in ("", "-sa", "-nc", "-nd") for version in ("3.0", "4.0")),
        *(f"cc-by-nc-{more}-{version}" for more in ("sa", "nd") for version in ("3.0", "4.0")),
        *("cc-by-2.0", "cc-by-2.5", "cc-by-nc-2.0"),
    }
)
"""Licences that their site knows by name; all others are called `other`."""


def front_matter(facts: dict[str, object]) -> str:
    r"""Return facts as the first lines of a Markdown file; what is empty is left out.

    >>> front_matter({"license": "mit", "tags": []})
    '---\nlicense: mit\n---\n'
    """
    kept = {key: value for key, value in facts.items() if value not in ("", [], {}, None)}
    return f"---\n{yaml.safe_dump(kept, sort_keys=False, allow_unicode=True, width=1000)}---\n"


def licence_facts(stated: str, link: str = "") -> dict[str, object]:
    """Return a licence as their site reads it.

    >>> licence_facts("CC-BY-4.0")
    {'license': 'cc-by-4.0'}
    """
    found = licence_of(stated, link)
    name = found.name.lower()
    if name in LICENCES:
        return {"license": name}
    return {"license": "other", "license_name": found.name, "license_link": link or found.link}
