"""From a data-set version to a registered model, and the scores of any model; also for notebooks.

>>> from outclass import training
>>> from outclass.catalog import load_challenge
>>> record = training.train(load_challenge("digits"), seed=1, recipe="quick")  # doctest: +SKIP
>>> training.evaluate(load_challenge("digits"), Path("mnist"))["accuracy"]  # doctest: +SKIP
0.9952
"""

from pathlib import Path

from outclass.base.errors import MissingExtraError, NotFoundError
from outclass.base.progress import Progress, no_progress
from outclass.base.settings import Settings
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.registry.runs import RunRecord
from outclass.registry.store import Registry
from outclass.registry.version import ModelVersion
from outclass.training.evaluation import evaluate_challenge
from outclass.training.promotion import promote_version

__all__ = ["evaluate", "import_model", "promote", "train"]


def train(  # noqa: PLR0913 - one for each option of the command
    challenge: LoadedChallenge,
    *,
    model: str | None = None,
    seed: int = 0,
    recipe: str | None = None,
    device: str = "auto",
    seconds: float | None = None,
    promote: bool = True,
    experiment: str = "",
    experimenter: str | None = None,
    progress: Progress = no_progress,
    settings: Settings | None = None,
) -> RunRecord:
    """Collect, split, fit, calibrate, evaluate, export and register; what is done already is not done again.

    Parameters
    ----------
    model
        One of the challenge's models; its champion by default.
    seed
        All chance comes from it: the same seed gives the same model.
    recipe
        A named change of the model's parameters; as declared by default.
    device
        "auto", "cpu" or "cuda".
    seconds
        Another budget than declared, for models that learn within one.
    promote
        Whether to make the version champion if the gate finds it better.
    experiment, experimenter
        For what it is trained, and by whom, as the leaderboard of experiments shows it.
    settings
        From the environment by default.

    Raises
    ------
    GateRefusedError
        The version was made and registered, but may not become champion.
    MissingExtraError
        The packages for training are not installed.
    """
    try:
        from outclass.training.pipeline import train_challenge  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError as error:
        raise MissingExtraError("train", what=f"training needs {error.name}") from error
    return train_challenge(
        challenge,
        settings or Settings.from_environment(),
        model=model,
        seed=seed,
        recipe=recipe or "full",
        device=device,
        seconds=seconds,
        promote=promote,
        experiment=experiment,
        experimenter=experimenter,
        progress=progress,
    )


def promote(
    reference: str,
    *,
    challenge: LoadedChallenge | None = None,
    force: bool = False,
    settings: Settings | None = None,
) -> ModelVersion:
    """Make a version champion if the gate finds it better, or without asking.

    Parameters
    ----------
    challenge
        Whose gate is asked; by default the one of this project, or of the package, that the version is named
        after.

    Raises
    ------
    GateRefusedError
        With all that is against it.
    NotFoundError
        There is no such version, or no such challenge in this project.
    ConflictError
        The version is of another challenge.
    """
    chosen = settings or Settings.from_environment()
    registry = Registry(chosen)
    version = registry.get(reference)
    if force:
        return registry.promote(version.name, version.id)
    return promote_version(challenge or _challenge_of(version), chosen, version)


def _challenge_of(version: ModelVersion) -> LoadedChallenge:
    """Load the challenge that a version is of, by its name."""
    name = version.manifest.challenge
    try:
        return load_challenge(name)
    except NotFoundError as error:
        raise NotFoundError(
            f"the challenge of {version.reference} is not in this project",
            got=name,
            accepted=error.accepted,
            hint="name its folder: --challenge FOLDER",
        ) from error


def evaluate(
    challenge: LoadedChallenge,
    data: Path | None = None,
    *,
    model: str | None = None,
    labels: str | None = None,
    ood: Path | None = None,
    settings: Settings | None = None,
) -> dict[str, object]:
    """Score a model on labelled data; see `outclass.training.evaluation.evaluate_challenge`."""
    return evaluate_challenge(
        challenge, settings or Settings.from_environment(), data, model=model, labels=labels, ood=ood
    )


def import_model(path: Path, challenge: LoadedChallenge, *, settings: Settings | None = None) -> ModelVersion:
    """Register a model made elsewhere; see `outclass.training.importing.import_challenge_model`."""
    from outclass.training.importing import import_challenge_model  # noqa: PLC0415 - an optional extra

    return import_challenge_model(path, challenge, settings or Settings.from_environment())
