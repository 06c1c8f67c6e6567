"""The models of a bundle: those in use, with advice on what may be passed on and no more."""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from outclass.base.document import to_json
from outclass.base.errors import DataError, RegistryError
from outclass.base.settings import Settings
from outclass.base.store import make_folder_atomic, sha256_of_file
from outclass.catalog.challenge import InputKind
from outclass.catalog.dataset import DatasetVersion
from outclass.catalog.licences import licence_of_credit
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.split import Split
from outclass.inputs.photos import PhotoTable
from outclass.publish.bundle.data import PublicData
from outclass.registry.advice import advises_on
from outclass.registry.aliases import Aliases, write_aliases
from outclass.registry.files import ENSEMBLE, MANIFEST, OUT_OF_FOLD, describe_files, manifest_id, read_version
from outclass.registry.store import Registry
from outclass.registry.version import EnsembleDocument, ModelVersion, Pinned

LEARNED_FROM = (Split.TRAIN, Split.VALIDATION)


def public_models(
    loaded: LoadedChallenge,
    version: DatasetVersion | None,
    public: PublicData | None,
    settings: Settings,
    into: Settings,
) -> tuple[ModelVersion, ...]:
    """Write the models that are in use for a challenge into another home, as its champions.

    A model of which nothing must change keeps its id. Advice on objects that stay behind is taken out, and
    all of it where the data stays behind.

    Raises
    ------
    DataError
        One learned from photos whose licence does not let such a model be passed on.
    """
    registry, challenge = Registry(settings), loaded.challenge
    names = dict.fromkeys(
        [loaded.name, *(challenge.registered_name(one) for one in (*challenge.advisers, *challenge.members))]
    )
    found = []
    for name in names:
        model_id = registry.aliases(name).champion
        if model_id is None or name not in registry.names():
            continue
        model = registry.get(f"{name}@{model_id}")
        if model.manifest.challenge != loaded.name:
            continue
        for each in (model, *model.members):
            check_teachers(each, version)
        members = [_put(member, (), version, public, into) for member in model.members]
        found.append(_put(model, members, version, public, into))
        write_aliases(into.models_folder / name, Aliases(champion=found[-1].id))
    unique = {one.reference: one for model in found for one in (model, *model.members)}
    return tuple(unique[reference] for reference in sorted(unique))


def check_teachers(model: ModelVersion, version: DatasetVersion | None) -> None:
    """Refuse a model that learned from photos which may not be learned from for others."""
    if version is None or model.manifest.lineage.get("data") != version.id:
        return
    if version.document.kind is not InputKind.PHOTO:
        return
    forbidden = 0
    for split in LEARNED_FROM:
        for block in version.blocks(split.value):
            assert isinstance(block.inputs, PhotoTable)
            forbidden += sum(
                not licence_of_credit(credit).may_train_shipped for credit in block.inputs.credits
            )
    if forbidden:
        raise DataError(
            "this model learned from photos whose licence does not let it be passed on",
            where=model.reference,
            got=f"{forbidden:,} photos",
            accepted="models of photos that are free for any use",
            hint="train one on free photos only, or leave models out: --without-models",
        )


def _put(
    model: ModelVersion,
    members: Sequence[ModelVersion],
    version: DatasetVersion | None,
    public: PublicData | None,
    into: Settings,
) -> ModelVersion:
    """Write one version into another home."""
    with tempfile.TemporaryDirectory() as place:
        files = Path(place)
        for name in [*model.manifest.files, MANIFEST]:
            shutil.copyfile(model.folder / name, files / name)
        if _adapt(model, members, version, public, files):
            (files / MANIFEST).unlink()
            lineage = dict(model.manifest.lineage)
            if public is not None and version is not None and lineage.get("data") == version.id:
                lineage["data"] = public.version.id
            manifest = describe_files(
                files,
                model.signature,
                created=model.manifest.created,
                lineage=lineage,
                scores=model.manifest.scores,
            )
            (files / MANIFEST).write_bytes(manifest)
        version_id = manifest_id((files / MANIFEST).read_bytes())
        with make_folder_atomic(into.models_folder / model.name / version_id) as partial:
            for path in files.iterdir():
                shutil.copyfile(path, partial / path.name)
    return read_version(into.models_folder / model.name / version_id, name=model.name)


def _adapt(
    model: ModelVersion,
    members: Sequence[ModelVersion],
    version: DatasetVersion | None,
    public: PublicData | None,
    files: Path,
) -> bool:
    """Change what must not go along; tell whether anything was changed."""
    changed = False
    if OUT_OF_FOLD in model.manifest.files:
        if public is None or version is None or not advises_on(model, version.id):
            (files / OUT_OF_FOLD).unlink()
            changed = True
        else:
            changed = _filter_advice(files / OUT_OF_FOLD, public.names) or version.id != public.version.id
    elif public is not None and version is not None and model.manifest.lineage.get("data") == version.id:
        changed = version.id != public.version.id
    pinned = tuple(
        Pinned(name=one.name, id=one.id, manifest_sha256=sha256_of_file(one.folder / MANIFEST))
        for one in members
    )
    if pinned and [one.reference for one in pinned] != [one.reference for one in model.members]:
        (files / ENSEMBLE).write_bytes(to_json(EnsembleDocument(geometric_mean=pinned)))
        changed = True
    return changed


def _filter_advice(path: Path, names: Mapping[str, str]) -> bool:
    """Keep advice on objects that go along, by their public names; tell whether anything was changed."""
    try:
        advice = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise RegistryError("the advice cannot be read", where=str(path), got=str(error)) from error
    public = advice["object_id"].replace_strict(names, default=None, return_dtype=pl.String)
    kept = advice.with_columns(public.alias("object_id")).filter(pl.col("object_id").is_not_null())
    if len(kept) == len(advice) and kept["object_id"].equals(advice["object_id"]):
        return False
    if kept.is_empty():
        path.unlink()
    else:
        kept.write_parquet(path)
    return True
