"""Small versions of text models, made of the models of the golden vectors."""

import json
from pathlib import Path

from models import write_version
from outclass.catalog.challenge import InputDeclaration, InputKind
from outclass.inference.abstain import softmax
from outclass.inference.linear_text import LinearTextModel
from outclass.registry.version import Abstention, ModelVersion, PredictionSet, Signature
from small_texts import text_challenge

REFERENCE = Path(__file__).resolve().parents[1] / "docs" / "reference"
CLASSES = ("personal", "notification", "spam")


def vectors() -> dict[str, object]:
    """Return the golden vectors with their models."""
    return json.loads((REFERENCE / "text-vectors.json").read_text(encoding="utf-8"))


def sms_challenge(folder: Path) -> Path:
    """Write a challenge named `sms` of three classes and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    classes = [{"name": name, "title": name.title()} for name in CLASSES]
    return text_challenge(folder, name="sms", classes=classes)


def sms_version(
    models_folder: Path, content: bytes | None = None, *, temperature: float = 1.0, champion: bool = True
) -> ModelVersion:
    """Write a version of `sms` and make it the champion; versions differ by their temperature."""
    if content is None:
        content = json.dumps(vectors()["models"]["two-stages"]).encode()
    model = LinearTextModel.parse(content)
    signature = Signature(
        challenge="sms",
        name="sms",
        input=InputDeclaration(kind=InputKind.TEXT),
        input_name="text",
        shape=(),
        classes=tuple(model.classes),
        prior=tuple(1 / len(model.classes) for _ in model.classes),
        temperature=temperature,
        abstention=Abstention(),
        prediction_set=PredictionSet(coverage=0.99, quantile=0.99),
        canary=tuple(softmax(model.logits([""])[0], temperature)),
    )
    return write_version(models_folder, signature, content, champion=champion, file="model.json")
