"""What looks wrong with the data of a model: labels, near-repeats, columns that tell too much.

Written after training, read by the lab. It names objects of the splits train and validation only.
"""

from pathlib import Path

import msgspec

from outclass.base.document import Document, to_json
from outclass.base.errors import RegistryError
from outclass.base.settings import Settings
from outclass.base.store import write_atomic
from outclass.registry.version import ModelVersion

FOLDER = "suspects"


class LabelSuspect(Document, frozen=True, kw_only=True):
    """An object whose label looks wrong to models that did not see it.

    `given` is the probability of its label, `likelier` that of the class `suggested`.
    """

    object_id: str
    split: str
    label: str
    suggested: str
    given: float
    likelier: float


class Confusion(Document, frozen=True, kw_only=True):
    """How many objects with a label look like another class."""

    label: str
    suggested: str
    objects: int


class NearRepeat(Document, frozen=True, kw_only=True):
    """An object that is nearly the same as one on another side of the split, whose id is not told."""

    object_id: str
    split: str
    other_split: str
    same_label: bool


class TellingColumn(Document, frozen=True, kw_only=True):
    """A column that alone tells the label of a `share` of objects; the commonest class has `base`."""

    name: str
    share: float
    base: float

    @property
    def percent(self) -> str:
        """Return the share as people read it."""
        return f"{self.share:.1%}"

    @property
    def base_percent(self) -> str:
        """Return the share of the commonest class as people read it."""
        return f"{self.base:.1%}"


class SuspectReport(Document, frozen=True, kw_only=True):
    """What was found of one model and the data that it learned from.

    `objects` were looked at, of which `labels` look wrong; `listed` has the first hundreds of them, the least
    likely first. `repeats` counts objects that are nearly the same as one on another side of the split;
    `looked_for_repeats` is false where that is not looked for.
    """

    challenge: str
    model: str
    data_version: str
    created: str
    objects: int
    labels: int
    listed: tuple[LabelSuspect, ...]
    confusions: tuple[Confusion, ...]
    looked_for_repeats: bool
    repeats: int
    listed_repeats: tuple[NearRepeat, ...]
    columns: tuple[TellingColumn, ...]

    @property
    def share(self) -> float:
        """Return the share of labels that look wrong."""
        return self.labels / max(self.objects, 1)

    @property
    def is_clean(self) -> bool:
        """Tell whether nothing was found."""
        return not (self.labels or self.repeats or self.columns)


def report_path(version: ModelVersion, settings: Settings) -> Path:
    """Return where the report on a version's data lies."""
    return settings.runs_folder / version.manifest.challenge / FOLDER / f"{version.id}.json"


def write_report(version: ModelVersion, report: SuspectReport, settings: Settings) -> None:
    """Keep a report."""
    path = report_path(version, settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, to_json(report))


def read_report(version: ModelVersion, settings: Settings) -> SuspectReport | None:
    """Return the report on a version's data, or None where there is none.

    Raises
    ------
    RegistryError
        It is damaged.
    """
    path = report_path(version, settings)
    if not path.is_file():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=SuspectReport)
    except msgspec.DecodeError as error:
        raise RegistryError(
            "this report is damaged",
            where=str(path),
            got=str(error),
            hint=f"make it again: outclass data check {version.manifest.challenge}",
        ) from error
