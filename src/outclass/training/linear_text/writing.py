"""Write `model.json`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outclass.inference.linear_text.document import (
    FORMAT,
    VERSION,
    Block,
    Condition,
    Row,
    Stage,
    TextModelDocument,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageCalibration:
    """Turns decisions of a stage into scores: `scale * decision + offset`."""

    scale: float
    offsets: tuple[float, ...]


def write_model(document: TextModelDocument, decimals: int) -> bytes:
    """Return the bytes of a `model.json`."""
    unit = 10**decimals
    told = {
        "format": FORMAT,
        "version": VERSION,
        "classes": document.classes,
        "decimals": decimals,
        "longest": document.longest,
        "disguises": {
            "letters": dict(sorted(document.disguises.letters.items())),
            "joiners": "".join(sorted(document.disguises.joiners)),
            "words": sorted(document.disguises.words),
        },
        "blocks": [block_of(block, unit) for block in document.blocks],
        "measures": document.measures,
        "conditions": {name: condition_of(condition) for name, condition in document.conditions.items()},
        "rules": [
            {"name": rule.name, "title": rule.title, "all": rule.all, "none": rule.none}
            for rule in document.rules
        ],
        "stages": [stage_of(stage, unit) for stage in document.stages],
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def block_of(block: Block, unit: int) -> dict[str, object]:
    """Return a block as JSON."""
    return {
        "name": block.name,
        "kind": block.kind,
        "least": block.least,
        "most": block.most,
        "terms": block.terms,
        "idf": whole(block.idf, unit),
    }


def condition_of(condition: Condition) -> dict[str, object]:
    """Return a condition as JSON."""
    if condition.digits is not None:
        return {"digits": condition.digits}
    if condition.starts:
        return {"starts": condition.starts}
    return {"words": sorted(condition.words)}


def stage_of(stage: Stage, unit: int) -> dict[str, object]:
    """Return a stage as JSON."""
    return {
        "name": stage.name,
        "groups": stage.groups,
        "rows": [row_of(row, unit) for row in stage.rows],
        "scale": stage.scale,
        "offsets": stage.offsets,
    }


def row_of(row: Row, unit: int) -> dict[str, object]:
    """Return a row as JSON."""
    return {
        "intercept": row.intercept,
        "coefficients": {name: whole(values, unit) for name, values in row.coefficients.items()},
    }


def whole(values: Sequence[float], unit: int) -> list[int]:
    """Return numbers as whole multiples of one over the unit."""
    return [round(value * unit) for value in values]


def rounded(values: Floats, decimals: int) -> tuple[float, ...]:
    """Return numbers as they are read back from a file."""
    unit = 10.0**decimals
    return tuple((np.rint(values * unit) / unit).tolist())


def calibrated(document: TextModelDocument, given: Mapping[int, StageCalibration]) -> TextModelDocument:
    """Return a model whose stages are calibrated."""
    stages = tuple(
        replace(stage, scale=given[place].scale, offsets=given[place].offsets)
        for place, stage in enumerate(document.stages)
    )
    return replace(document, stages=stages)
