"""Take in a model that was made elsewhere: an exported version, or an ONNX file with what is known about it.

Whatever it is, it is loaded and asked before it is registered, must fit the challenge and its limits, and
becomes the challenger: only the gate makes it champion.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from outclass.base.document import Document, to_json
from outclass.base.errors import MissingExtraError, NotFoundError, RegistryError, UnavailableError
from outclass.base.settings import Settings
from outclass.base.store import sha256_of_file
from outclass.catalog.challenge import Challenge, InputKind
from outclass.catalog.hooks import load_features
from outclass.catalog.loader import LoadedChallenge
from outclass.inference.predictor import Predictor, calibrate
from outclass.inference.session import Session
from outclass.registry.card import write_card
from outclass.registry.files import (
    CARD,
    MANIFEST,
    SIGNATURE,
    check_size,
    describe_files,
    manifest_id,
    read_version,
)
from outclass.registry.store import Registry
from outclass.registry.version import Abstention, ModelVersion, PredictionSet, Signature
from outclass.training.calibrate import Calibration, choose
from outclass.training.data import Outputs, groups_of
from outclass.training.evaluation import check_challenge
from outclass.training.gate import Trial, model_size
from outclass.training.promotion import make_trial
from outclass.training.rows import rows_sha256
from outclass.training.scoring import score

try:
    import onnx
    from onnx import helper
except ModuleNotFoundError:
    onnx = None  # type: ignore[assignment] # typed as the module that it stands for

MODEL = "model.onnx"
COVERAGE = 0.99
SMALLEST = 1e-9


class Given(Document, frozen=True, kw_only=True):
    """What the person who brings an ONNX file says of it; what is left out is found out.

    Attributes
    ----------
    name
        The model's name in the registry; the challenge's by default.
    input_name, shape, output
        Names of the input and output, and the shape of one row; as the file says by default.
    probabilities
        Whether the output holds probabilities rather than logits.
    outlier_name
        Output that is higher the less an input is like any class.
    temperature, prior, abstention, prediction_set
        Chosen on the validation rows by default.
    canary
        Probabilities that the model must give for an input of zeros, to prove that it arrived as it left.
    """

    name: str | None = None
    input_name: str | None = None
    shape: tuple[int, ...] | None = None
    output: str | None = None
    probabilities: bool = False
    outlier_name: str | None = None
    temperature: float | None = None
    prior: tuple[float, ...] | None = None
    abstention: Abstention | None = None
    prediction_set: PredictionSet | None = None
    canary: tuple[float, ...] | None = None
    card: str | None = None


def import_challenge_model(path: Path, loaded: LoadedChallenge, settings: Settings) -> ModelVersion:
    """Register a model that was made elsewhere.

    Parameters
    ----------
    path
        A zip file made by `models export`, or an ONNX file with a `signature.json` beside it: either the
        signature of a version, or as much of `Given` as is known.

    Raises
    ------
    RegistryError
        If it is damaged, does not fit the challenge, or breaks a limit.
    """
    registry = Registry(settings)
    check = make_check(loaded)
    match path.suffix.lower():
        case ".zip":
            return registry.import_(path, check=check)
        case ".onnx" if path.is_file():
            return import_onnx(path, loaded, settings, check)
        case _:
            raise NotFoundError(
                "there is no model here",
                got=str(path),
                accepted="FILE.zip, or FILE.onnx with a signature.json",
            )


def make_check(loaded: LoadedChallenge) -> Callable[[ModelVersion], None]:
    """Return the check that a model must pass before it is registered."""
    challenge = loaded.challenge

    def check(version: ModelVersion) -> None:
        largest = challenge.expect.bytes
        size = model_size(version)
        if largest is not None and size > largest:
            raise RegistryError(
                "the model is larger than the challenge allows", got=f"{size} bytes", accepted=str(largest)
            )
        predictor = Predictor.load(version, loaded)
        check_challenge(predictor, challenge)
        if version.signature.input != challenge.input:
            raise RegistryError("the model reads another input than the challenge declares")
        slowest = challenge.expect.latency_ms
        if slowest is not None and predictor.milliseconds > slowest:
            raise RegistryError(
                "the model is slower than the challenge allows",
                got=f"{predictor.milliseconds:.1f} ms for one answer",
                accepted=f"{slowest:g} ms",
            )

    return check


def import_onnx(
    path: Path, loaded: LoadedChallenge, settings: Settings, check: Callable[[ModelVersion], None]
) -> ModelVersion:
    """Register an ONNX file, finding out what its signature leaves out."""
    check_size(MODEL, path.stat().st_size, where=str(path))
    given = read_given(path.with_name(SIGNATURE))
    trial = find_trial(loaded, settings)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / MODEL).write_bytes(
            as_logits(path, given) if isinstance(given, Given) else path.read_bytes()
        )
        signature = complete(folder, given, loaded, trial)
        scores = measure(folder, signature, trial, loaded.challenge)
        (folder / CARD).write_text(find_card(path, given, loaded.challenge, scores), encoding="utf-8")
        (folder / MANIFEST).unlink(missing_ok=True)
        lineage = {"imported": path.name, "sha256": sha256_of_file(path), "advice": "unknown"}
        return Registry(settings).register(folder, lineage=lineage, scores=scores, check=check)


def read_given(path: Path) -> Given | Signature:
    """Read what lies beside an ONNX file: a whole signature, or a part of one."""
    if not path.is_file():
        raise NotFoundError(
            "a signature.json must lie beside the ONNX file",
            where=str(path),
            hint="{} is enough to begin with",
        )
    content = path.read_bytes()
    try:
        return msgspec.json.decode(content, type=Signature)
    except msgspec.DecodeError as whole:
        try:
            return msgspec.json.decode(content, type=Given)
        except msgspec.DecodeError as part:
            raise RegistryError(
                "this is no signature", where=str(path), got=f"{part}; as the signature of a version: {whole}"
            ) from part


def find_trial(loaded: LoadedChallenge, settings: Settings) -> Trial | None:
    """Return the validation rows, where data was collected."""
    try:
        return make_trial(loaded, settings)
    except UnavailableError:
        return None


def as_logits(path: Path, given: Given) -> bytes:
    """Return the model as one that gives logits: of probabilities, the logarithm."""
    if onnx is None:
        raise MissingExtraError("train", what="an ONNX file without a whole signature needs the package onnx")
    try:
        model = onnx.load_from_string(path.read_bytes())
        onnx.checker.check_model(model)
    except Exception as error:  # noqa: BLE001 - what onnx and protobuf raise shares no base below Exception
        raise RegistryError("this is no ONNX model", where=str(path), got=str(error)) from None
    source = given.output or model.graph.output[0].name
    if source not in [output.name for output in model.graph.output]:
        raise RegistryError("the model has no such output", where=str(path), got=source)
    if given.probabilities:
        bounds = [helper.make_tensor(n, 1, [], [v]) for n, v in (("least_p", SMALLEST), ("most_p", 1.0))]
        model.graph.initializer.extend(bounds)
        model.graph.node.append(helper.make_node("Clip", [source, "least_p", "most_p"], ["bounded_p"]))
        model.graph.node.append(helper.make_node("Log", ["bounded_p"], ["logits"]))
        model.graph.output.append(helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, None))
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def complete(
    folder: Path, given: Given | Signature, loaded: LoadedChallenge, trial: Trial | None
) -> Signature:
    """Return a whole signature; temperature, thresholds and canary are found by asking the model."""
    if isinstance(given, Signature):
        return given
    challenge = loaded.challenge
    signature = with_features(first_signature(folder / MODEL, given, challenge), loaded)
    session = open_staged(folder, signature)
    if trial is not None:
        signature = calibrated(session, signature, given, trial, challenge)
    if given.canary is None:
        zeros = np.zeros((1, *signature.shape), dtype=np.float32)
        probabilities = calibrate(session.run(zeros)[0], signature.temperature)[0]
        signature = msgspec.structs.replace(signature, canary=tuple(probabilities.tolist()))
    return signature


def first_signature(model: Path, given: Given, challenge: Challenge) -> Signature:
    """Return a signature of what is given and what stands in the file."""
    graph = onnx.load(str(model)).graph
    even = (1 / len(challenge.classes),) * len(challenge.classes)
    return Signature(
        challenge=challenge.name,
        name=given.name or challenge.name,
        input=challenge.input,
        input_name=given.input_name or graph.input[0].name,
        shape=given.shape or tuple(d.dim_value for d in graph.input[0].type.tensor_type.shape.dim[1:]),
        logits_name="logits" if given.probabilities else given.output or graph.output[0].name,
        outlier_name=given.outlier_name,
        classes=challenge.class_names,
        prior=given.prior or even,
        temperature=given.temperature or 1.0,
        abstention=given.abstention or Abstention(),
        prediction_set=given.prediction_set or PredictionSet(coverage=COVERAGE, quantile=COVERAGE),
        canary=given.canary or even,
        groups=groups_of(challenge),
    )


def with_features(signature: Signature, loaded: LoadedChallenge) -> Signature:
    """Return the signature with the columns that a row has, where rows are made of features."""
    match loaded.challenge.input.kind:
        case InputKind.SERIES:
            names = load_features(loaded).names(loaded.challenge.input)
        case InputKind.PHOTO:
            names = ()
        case _:
            return signature
    return msgspec.structs.replace(signature, features=names, features_sha256=rows_sha256(loaded))


def calibrated(
    session: Session, signature: Signature, given: Given, trial: Trial, challenge: Challenge
) -> Signature:
    """Return the signature with what was not given chosen on the validation rows."""
    outliers = None if trial.outliers is None else ask(session, signature, trial.outliers)
    outputs = ask(session, signature, trial.rows)
    chosen = choose(outputs, trial.targets, outliers, challenge, trial.groups)
    return msgspec.structs.replace(
        signature,
        temperature=given.temperature or chosen.temperature,
        prior=given.prior or chosen.prior,
        abstention=given.abstention or chosen.abstention,
        prediction_set=given.prediction_set or chosen.prediction_set,
    )


def ask(session: Session, signature: Signature, rows: NDArray[np.float32]) -> Outputs:
    """Ask a model that is not registered yet."""
    logits, outlier = session.run(rows.reshape(len(rows), *signature.shape))
    return Outputs(logits=logits, outlier=outlier)


def open_staged(folder: Path, signature: Signature) -> Session:
    """Open the model in a folder under a signature that may not be whole yet."""
    (folder / SIGNATURE).write_bytes(to_json(signature))
    if not (folder / CARD).exists():
        (folder / CARD).write_text("The card is written when everything is measured.\n")
    (folder / MANIFEST).unlink(missing_ok=True)
    manifest = describe_files(folder, signature, created="not yet", lineage={}, scores={})
    (folder / MANIFEST).write_bytes(manifest)
    return Session(read_version(folder, name=signature.name, version_id=manifest_id(manifest)))


def measure(
    folder: Path, signature: Signature, trial: Trial | None, challenge: Challenge
) -> dict[str, float]:
    """Write the whole signature, and return the scores on the validation rows, where there are any."""
    session = open_staged(folder, signature)
    if trial is None:
        return {}
    outputs = ask(session, signature, trial.rows)
    held = Calibration(
        kept=1.0,
        outlier_pass=None,
        prior=signature.prior,
        temperature=signature.temperature,
        abstention=signature.abstention,
        prediction_set=signature.prediction_set,
    )
    return score(outputs, trial.targets, held, challenge)


def find_card(path: Path, given: Given | Signature, challenge: Challenge, scores: dict[str, float]) -> str:
    """Return the card that lies beside the file, or one that says what is not known."""
    beside = path.with_name(CARD)
    if beside.is_file():
        return beside.read_text(encoding="utf-8")
    figures = "\n".join(f"- {name}: {value:.4f}" for name, value in sorted(scores.items()))
    told = given.card if isinstance(given, Given) and given.card else ""
    return write_card(
        f"{challenge.title}: imported model",
        {
            "What it does": told
            or f"{challenge.summary} It was made elsewhere and imported from {path.name}.",
            "Data": "Not stated. It may have learned from rows that are played with or measured on.",
            "Training": "Not stated; it was not made by this pipeline.",
            "Scores": figures or "Not measured: no validation rows were at hand when it was imported.",
            "Inputs that are none of the classes": "Not measured.",
            "Limits": "\n".join(f"- {line}" for line in challenge.limitations) or "Not stated.",
            "Licence": "Not stated.",
        },
    )
