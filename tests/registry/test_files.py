"""A signature that contradicts itself is refused."""

from pathlib import Path

import msgspec
import pytest

from models import tiny_signature
from outclass.base.document import to_json
from outclass.base.errors import RegistryError
from outclass.registry.files import read_signature
from outclass.registry.version import Abstention

TENTH = (0.1,) * 10


def test_a_signature_survives_the_round_trip(tmp_path: Path) -> None:
    signature = tiny_signature(outlier_above=1.5)
    (tmp_path / "signature.json").write_bytes(to_json(signature))
    assert read_signature(tmp_path / "signature.json") == signature


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"classes": ("0",) * 10}, "different names"),
        ({"prior": (0.5, 0.5)}, "prior must hold one probability for each class"),
        ({"prior": (0.2,) * 10}, "prior must hold probabilities that sum to 1"),
        ({"canary": (-0.1, *TENTH[:8], 0.3)}, "canary must hold probabilities"),
        ({"name": "../digits"}, "no model name"),
        ({"shape": (0, 28)}, "shape"),
        ({"shape": ()}, "shape"),
        ({"outlier_name": None, "abstention": Abstention(outlier=1.0)}, "outlier threshold"),
    ],
)
def test_a_signature_that_contradicts_itself_is_refused(
    tmp_path: Path, change: dict[str, object], problem: str
) -> None:
    (tmp_path / "signature.json").write_bytes(to_json(msgspec.structs.replace(tiny_signature(), **change)))
    with pytest.raises(RegistryError, match=problem):
        read_signature(tmp_path / "signature.json")


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"format": 2}'])
def test_what_is_no_signature_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "signature.json").write_text(content)
    with pytest.raises(RegistryError, match="no signature"):
        read_signature(tmp_path / "signature.json")
