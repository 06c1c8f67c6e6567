"""Read a version's folder and believe nothing: known names, sizes, hashes, a signature that makes sense."""

import hashlib
import math
import re
from pathlib import Path

import msgspec

from outclass.base.document import to_json
from outclass.base.errors import RegistryError
from outclass.base.store import sha256_of_file
from outclass.catalog.challenge import InputKind
from outclass.registry.version import EnsembleDocument, Manifest, ModelVersion, Signature

MANIFEST = "manifest.json"
SIGNATURE = "signature.json"
CARD = "card.md"
ENSEMBLE = "ensemble.json"
MODEL_FILES = ("model.onnx", "model.json", ENSEMBLE)
OUT_OF_FOLD = "oof.parquet"
BACKBONE = "backbone.onnx"
"""The network that turns photos into features, where it is not the packaged one."""
SIZE_LIMITS = {
    "model.onnx": 512_000_000,
    "model.json": 64_000_000,
    BACKBONE: 64_000_000,
    ENSEMBLE: 100_000,
    OUT_OF_FOLD: 256_000_000,
    CARD: 1_000_000,
    SIGNATURE: 1_000_000,
    MANIFEST: 1_000_000,
}
ID_PATTERN = re.compile(r"[0-9a-f]{12}")
NAME_PATTERN = re.compile(r"[a-z][a-z0-9-]{0,39}(\.[a-z][a-z0-9-]{0,39})?")
PROBABILITY_TOLERANCE = 1e-4
CHANGED = "{} was changed: its hash is not that of the manifest"


def check_name(name: str) -> str:
    """Return a model's name, or refuse one that could not be a folder of the registry."""
    if not NAME_PATTERN.fullmatch(name):
        raise RegistryError("this is no model name", got=name, accepted="such as digits or stars.boone")
    return name


def manifest_id(content: bytes) -> str:
    """Return the id of the version that a manifest describes."""
    return hashlib.sha256(content).hexdigest()[:12]


def list_files(folder: Path) -> dict[str, Path]:
    """Return the files of a version by name; anything but plain files with known names is refused."""
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.name not in SIZE_LIMITS:
            raise RegistryError(
                "this file does not belong to a model version",
                where=str(folder),
                got=path.name,
                accepted=", ".join(SIZE_LIMITS),
            )
        if path.is_symlink() or not path.is_file():
            raise RegistryError("this is no plain file", where=str(path))
        check_size(path.name, path.stat().st_size, where=str(folder))
        found[path.name] = path
    return found


def check_size(name: str, size: int, *, where: str) -> None:
    """Refuse a file over the limit of its name."""
    if size > SIZE_LIMITS[name]:
        raise RegistryError(
            f"{name} is too large",
            where=where,
            got=f"{size} bytes",
            accepted=f"at most {SIZE_LIMITS[name]} bytes",
        )


def check_complete(names: set[str], *, where: str) -> None:
    """Refuse a set of files that lacks the signature, the card or the model, or holds two models."""
    missing = [name for name in (SIGNATURE, CARD) if name not in names]
    if missing:
        raise RegistryError("a file is missing", where=where, got=", ".join(missing))
    if len(names & set(MODEL_FILES)) != 1:
        raise RegistryError("one model file is needed", where=where, accepted=" or ".join(MODEL_FILES))


def read_signature(path: Path) -> Signature:
    """Read and check a signature file.

    Raises
    ------
    RegistryError
        If it is no signature, or one that contradicts itself.
    """
    check_size(SIGNATURE, path.stat().st_size, where=str(path.parent))
    try:
        signature = msgspec.json.decode(path.read_bytes(), type=Signature)
    except msgspec.DecodeError as error:
        raise RegistryError("this is no signature", where=str(path), got=str(error)) from error
    problem = signature_problem(signature)
    if problem:
        raise RegistryError(problem, where=str(path))
    return signature


def read_ensemble(version: ModelVersion) -> EnsembleDocument | None:
    """Return of which members a version is made, or None where it is a model by itself."""
    if ENSEMBLE not in version.manifest.files:
        return None
    content = read_verified(version, ENSEMBLE)
    try:
        document = msgspec.json.decode(content, type=EnsembleDocument)
    except msgspec.DecodeError as error:
        raise RegistryError("this is no ensemble", where=str(version.folder), got=str(error)) from error
    names = [member.name for member in document.geometric_mean]
    for member in document.geometric_mean:
        if not NAME_PATTERN.fullmatch(member.name) or not ID_PATTERN.fullmatch(member.id):
            raise RegistryError("a member is no model", where=str(version.folder), got=member.reference)
        if not member.manifest_sha256.startswith(member.id):
            raise RegistryError("a member's hash is not that of its id", where=str(version.folder))
    if len(set(names)) != len(names) or version.name in names:
        raise RegistryError(
            "an ensemble needs different members, and not itself",
            where=str(version.folder),
            got=", ".join(names),
        )
    return document


def check_member(version: ModelVersion, member: ModelVersion, pinned: str) -> None:
    """Refuse a member that is not the one which an ensemble pins, or answers another question."""
    if hashlib.sha256((member.folder / MANIFEST).read_bytes()).hexdigest() != pinned:
        raise RegistryError("a member is not the one that the ensemble pins", where=str(member.folder))
    mine, theirs = version.signature, member.signature
    same = ("challenge", "input", "classes", "shape", "features", "features_sha256")
    if different := [name for name in same if getattr(mine, name) != getattr(theirs, name)]:
        raise RegistryError(
            "a member does not fit the ensemble", where=member.reference, got=", ".join(different)
        )
    if ENSEMBLE in member.manifest.files:
        raise RegistryError("a member is an ensemble itself", where=member.reference)


def signature_problem(signature: Signature) -> str | None:
    """Return what is wrong with a signature, or None."""
    count = len(signature.classes)
    if count < 2 or len(set(signature.classes)) != count:
        return "the classes must be two or more different names"
    for field, values in (("prior", signature.prior), ("canary", signature.canary)):
        if len(values) != count:
            return f"{field} must hold one probability for each class"
        if any(not math.isfinite(v) or v < 0 for v in values) or abs(sum(values) - 1) > PROBABILITY_TOLERANCE:
            return f"{field} must hold probabilities that sum to 1"
    if not NAME_PATTERN.fullmatch(signature.name):
        return "the name is no model name"
    if not math.isfinite(signature.temperature):
        return "the temperature must be finite"
    return _shape_problem(signature)


def _shape_problem(signature: Signature) -> str | None:
    """Return what is wrong with the inputs and outputs that a signature names, or None."""
    is_text = signature.input.kind is InputKind.TEXT
    if bool(signature.shape) is is_text:
        return "a text has no shape" if is_text else "the shape is missing"
    if signature.input.kind is InputKind.TABLE and (problem := _columns_problem(signature)):
        return problem
    if any(not 1 <= side <= 4096 for side in signature.shape):
        return "the shape must hold sides of 1 to 4096"
    if signature.features and signature.shape != (len(signature.features),):
        return "the features are not as many as the shape says"
    if signature.abstention.outlier is not None and signature.outlier_name is None:
        return "an outlier threshold needs the name of the model's outlier output"
    return None


def _columns_problem(signature: Signature) -> str | None:
    """Return what is wrong with the columns that a signature names, or None."""
    columns = signature.input.columns
    if signature.shape != (len(columns),):
        return "the columns are not as many as the shape says"
    if len({column.name for column in columns}) != len(columns):
        return "the columns must have different names"
    for column in columns:
        names = {value.name for value in column.values}
        if len(names) != len(column.values) or bool(names) is not column.is_category:
            return f"the values of the column {column.name} are none, or not different"
    return None


def read_version(
    folder: Path, *, name: str, version_id: str | None = None, hashes: bool = True
) -> ModelVersion:
    """Read the version in a folder.

    Parameters
    ----------
    name
        The model's name that the folder must hold.
    version_id
        The id that it must have; the folder's name by default.
    hashes
        Whether to compare the content of every file with the manifest, too; sizes are always compared.

    Raises
    ------
    RegistryError
        If anything is missing, added or changed.
    """
    expected = version_id or folder.name
    files = list_files(folder)
    if MANIFEST not in files:
        raise RegistryError("the manifest is missing", where=str(folder))
    content = files.pop(MANIFEST).read_bytes()
    manifest = parse_manifest(content, where=str(folder))
    if manifest_id(content) != expected:
        raise RegistryError("the manifest was changed", where=str(folder), got=manifest_id(content))
    _compare(manifest, files, where=str(folder), hashes=hashes)
    signature = read_signature(files[SIGNATURE])
    if not (manifest.name == signature.name == name and manifest.challenge == signature.challenge):
        raise RegistryError("the names in folder, manifest and signature differ", where=str(folder))
    return ModelVersion(id=expected, folder=folder, manifest=manifest, signature=signature)


def parse_manifest(content: bytes, *, where: str) -> Manifest:
    """Parse a manifest and check the names that it lists."""
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except msgspec.DecodeError as error:
        raise RegistryError("this is no manifest", where=where, got=str(error)) from error
    if unknown := sorted(set(manifest.files) - (set(SIZE_LIMITS) - {MANIFEST})):
        raise RegistryError("the manifest names a file that does not belong", where=where, got=unknown[0])
    check_complete(set(manifest.files), where=where)
    return manifest


def _compare(manifest: Manifest, files: dict[str, Path], *, where: str, hashes: bool) -> None:
    """Compare the files that are there with those of the manifest."""
    if set(files) != set(manifest.files):
        different = sorted(set(files) ^ set(manifest.files))
        raise RegistryError("the files are not those of the manifest", where=where, got=", ".join(different))
    for name, path in files.items():
        if path.stat().st_size != manifest.sizes.get(name):
            raise RegistryError(f"{name} has another size than the manifest says", where=where)
        if hashes and sha256_of_file(path) != manifest.files[name]:
            raise RegistryError(CHANGED.format(name), where=where)


def read_verified(version: ModelVersion, name: str) -> bytes:
    """Return a file's bytes after comparing them with the manifest: what is used is what was checked.

    Raises
    ------
    RegistryError
        If the version has no such file, or it was changed.
    """
    if name not in version.manifest.files:
        raise RegistryError(f"{version.reference} holds no {name}", where=str(version.folder))
    content = (version.folder / name).read_bytes()
    if hashlib.sha256(content).hexdigest() != version.manifest.files[name]:
        raise RegistryError(CHANGED.format(name), where=str(version.folder))
    return content


def describe_files(
    folder: Path,
    signature: Signature,
    *,
    created: str,
    lineage: dict[str, str],
    scores: dict[str, float],
) -> bytes:
    """Return the manifest of the files in a folder, as the bytes whose hash names the version."""
    files = {name: path for name, path in list_files(folder).items() if name != MANIFEST}
    check_complete(set(files), where=str(folder))
    if bad := [name for name, value in scores.items() if not math.isfinite(value)]:
        raise RegistryError("a score is not a finite number", where=str(folder), got=", ".join(bad))
    manifest = Manifest(
        challenge=signature.challenge,
        name=signature.name,
        created=created,
        files={name: sha256_of_file(path) for name, path in files.items()},
        sizes={name: path.stat().st_size for name, path in files.items()},
        lineage=lineage,
        scores=scores,
    )
    return to_json(manifest)
