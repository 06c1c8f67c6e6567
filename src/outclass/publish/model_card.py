"""The card of a model in the form of Hugging Face: its own card under first lines that their site reads."""

from outclass.catalog.dataset import DatasetVersion
from outclass.catalog.loader import LoadedChallenge
from outclass.publish.front_matter import TASKS, front_matter, licence_facts
from outclass.registry.card import card_of
from outclass.registry.version import Manifest, ModelVersion

SHOWN = ("accuracy", "log_loss", "macro_recall", "macro_f1", "ece", "auc")
"""Scores that stand in the first lines, of the hold-out where it was measured there."""


def model_card(model: ModelVersion, loaded: LoadedChallenge, version: DatasetVersion | None = None) -> str:
    """Return the card of a version as Markdown.

    Parameters
    ----------
    version
        The data that it comes with, if any.
    """
    manifest, kind = model.manifest, model.signature.input.kind
    dataset = loaded.challenge.dataset
    learned = manifest.lineage.get("data", "")
    name = f"{manifest.challenge}-{version.id if version is not None else learned}"
    facts = {
        **(licence_facts(dataset.licence, dataset.licence_url) if learned else {}),
        "pipeline_tag": TASKS[kind],
        "library_name": "outclass",
        "tags": ["outclass", "onnx", kind.value, manifest.challenge, *members_of(model)],
        "datasets": [name] if learned else [],
        "metrics": [score for score in SHOWN if manifest.measured(score) is not None],
        "model-index": [index_of(manifest, loaded, TASKS[kind], name)] if manifest.scores else [],
    }
    return front_matter(facts) + "\n" + card_of(model.folder)


def members_of(model: ModelVersion) -> list[str]:
    """Return a tag for a model that is made of others."""
    return ["ensemble"] if model.members else []


def index_of(manifest: Manifest, loaded: LoadedChallenge, task: str, data: str) -> dict[str, object]:
    """Return the scores of a model as their site reads them."""
    side = "holdout" if any(name.startswith("holdout_") for name in manifest.scores) else "validation"
    metrics = [
        {"type": score, "value": round(value, 6), "name": score.replace("_", " ")}
        for score in SHOWN
        if (value := manifest.measured(score)) is not None
    ]
    dataset = {"name": loaded.challenge.dataset.title, "type": data, "split": side}
    return {
        "name": manifest.name,
        "results": [{"task": {"type": task}, "dataset": dataset, "metrics": metrics}] if metrics else [],
    }
