"""Words that columns go by, and names and titles made of theirs."""

import hashlib
import re
import unicodedata
from pathlib import Path

LABELS = {
    3.0: ("label", "labels", "class", "classes", "target", "y", "true_label", "ground_truth",
    "class_label" ),
    2.0: (
        "species", "diagnosis", "category", "variety", "kind", "outcome", "genre", "sentiment", "type",
        "topic",
        "survived", "churn", "churned", "is_spam", "spam", "fraud", "isfraud", "is_fraud", "default",
        "income", "grade",
        "cultivar", "poisonous", "edible", "disease", "true_target", "target_name", "class_name",
        "language", "intent",
        "emotion", "breed", "genus", "answer", "result", "status", "response", "klasse", "clase",
        "classe", "art",
        "etikett", "kategorie", "categorie", "categoria",
    ),
    1.0: ("quality", "group", "decision", "rating", "stars", "level", "state", "risk", "severity", "sex",
    "gender" ),
}  # fmt: skip
"""What labels are called, by how sure the name makes it."""
MEASURES = (
    "target", "y", "price", "value", "amount", "salary", "cost", "score", "mpg", "medv", "charges", "label",
    "revenue", "sales", "count", "cnt", "output", "response", "strength", "price_usd", "saleprice",
    "median_house_value", "medhouseval", "progression",
)  # fmt: skip
"""What a measured target is called."""
TEXTS = (
    "text", "message", "messages", "sms", "review", "reviews", "sentence", "tweet", "body", "comment",
    "content",
    "headline", "email", "mail", "document", "utterance", "question", "post", "abstract", "summary",
    "description",
    "statement", "transcript", "titel", "texto", "texte", "nachricht", "kommentar",
)  # fmt: skip
IDS = re.compile(
    r"(^|_)(id|ids|uuid|guid|index|idx|key|rowid|row|nr|no|number|num|serial|code|hash|sha256|url|link|file|filename|"
    r"path|image|row_name|unnamed_0|column_0)$"
)
GROUPS = re.compile(
    r"^(group|groups|patient|subject|person|user|participant|author|writer|speaker|family|household|specimen|"
    r"session|site|plot|observer|batch|customer|client|animal|individual|volunteer|group_id|cluster)"
    r"(_?(id|nr|no|number|name|key))?$"
)
SPLITS = {"split", "set", "fold", "subset", "partition", "is_train", "is_test", "usage"}
PALETTE = (
    "#5cc8ff", "#8ee07a", "#ffb454", "#b79cff", "#ff8a8a", "#4fd6c2", "#f0c95c", "#e58fd6", "#9fb8ff",
    "#a8d65c",
)  # fmt: skip
ACCENTS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "o", "å": "a", "ł": "l"}


def plain(text: str) -> str:
    """Return a text in lower case letters of ASCII and digits with underscores between words.

    >>> plain("Petal Length (cm)"), plain("Größe"), plain("stalkShape")
    ('petal_length_cm', 'groesse', 'stalk_shape')
    """
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "_", text)
    spelled = "".join(ACCENTS.get(letter, letter) for letter in split.lower())
    ascii_only = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", ascii_only).strip("_")


def identifiers(headers: tuple[str, ...]) -> dict[str, str]:
    """Return a name for each column that a program can use, all different, by the header's own.

    >>> identifiers(("Petal Length (cm)", "class", "2nd", "%"))
    {'Petal Length (cm)': 'petal_length_cm', 'class': 'class', '2nd': 'c_2nd', '%': 'column_4'}
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for number, header in enumerate(headers, 1):
        base = plain(header)[:50].strip("_") or f"column_{number}"
        base = base if base[0].isalpha() else f"c_{base}"
        name, count = base, 1
        while name in taken:
            count += 1
            name = f"{base}_{count}"
        taken.add(name)
        found[header] = name
    return found


def name_of(path: Path) -> str:
    """Return a name for a challenge that is made of a path: lower case letters, digits and hyphens.

    >>> name_of(Path("My photos")), name_of(Path("2024 data.csv.gz"))
    ('my-photos', 'data-2024-data')
    """
    full = path.resolve()
    stem = full.name if full.is_dir() else full.name.partition(".")[0] or full.name
    words = plain(stem).replace("_", "-")
    if not words[:1].isalpha():
        words = f"data-{words}".rstrip("-")
    return words[:40].rstrip("-")


def title_of(text: str) -> str:
    """Return words for people: spaces for underscores, a capital first.

    >>> title_of("stalk_color-above"), title_of("petalLength"), title_of("pH")
    ('Stalk color above', 'Petal length', 'pH')
    """
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", " ", text)
    words = " ".join(re.sub(r"[_\-]+", " ", words).split()) or text
    if words != text and " " in words and words != words.upper():
        words = " ".join(word if word.isupper() else word.lower() for word in words.split())
    keep = any(letter.isupper() for letter in words[1:]) and " " not in words
    return (words if keep else words[:1].upper() + words[1:])[:120]


def accent_of(name: str) -> str:
    """Return a color for the pages of a challenge, the same for the same name."""
    return PALETTE[hashlib.sha256(name.encode()).digest()[0] % len(PALETTE)]


def label_weight(header: str) -> float:
    """Return how much a column is named like a label."""
    name = plain(header)
    for weight, words in LABELS.items():
        if name in words:
            return weight
    ends = any(name.endswith((f"_{word}", f"{word}_")) for word in LABELS[3.0] if len(word) > 1)
    starts = any(name.startswith(f"{word}_") for word in ("label", "class", "target"))
    return 1.5 if ends or starts else 0.0


def is_measure(header: str) -> bool:
    """Tell whether a column is named like something that is measured and predicted."""
    name = plain(header)
    return name in MEASURES or any(
        name.endswith(f"_{word}") for word in ("price", "target", "value", "score")
    )


def is_id(header: str) -> bool:
    """Tell whether a column is named like an id."""
    return IDS.search(plain(header)) is not None


def is_group(header: str) -> bool:
    """Tell whether a column is named like what several rows are of: a patient, an author."""
    return GROUPS.match(plain(header)) is not None


def is_text(header: str) -> bool:
    """Tell whether a column is named like a text."""
    return plain(header) in TEXTS
