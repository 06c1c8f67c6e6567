"""The scorer in JavaScript outside of browsers, where node is installed; a browser's tests hold it fully."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from text_models import REFERENCE, vectors

HERE = Path(__file__).parent
SCORER = HERE.parents[1] / "src" / "outclass" / "charts" / "design" / "linear-text.js"


def test_node_gives_the_golden_vectors(tmp_path):
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed (Debian: apt-get install nodejs)")
    (tmp_path / "package.json").write_text(
        '{"type": "module"}'
    )  # else node takes a plain .js for another kind
    for path in SCORER.parent.glob("linear-text*.js"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    command = [
        node,
        str(HERE / "linear_text.mjs"),
        str(tmp_path / SCORER.name),
        str(REFERENCE / "text-vectors.json"),
    ]

    done = subprocess.run(command, capture_output=True, check=False, timeout=60)

    assert done.returncode == 0, done.stderr.decode()
    wanted = vectors()["vectors"]
    found = json.loads(done.stdout)
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert one["probabilities"] == pytest.approx(other["probabilities"], abs=1e-9)
        assert one["scores"] == pytest.approx([stage["score"] for stage in other["stages"]], abs=1e-9)
        values = [[span[3] for span in stage["spans"]] for stage in other["stages"]]
        assert one["spans"] == [pytest.approx(each, abs=1e-9) for each in values]


def test_the_scorer_needs_two_files_and_nothing_else():
    for path in SCORER.parent.glob("linear-text*.js"):
        source = path.read_text(encoding="utf-8")
        imports = re.findall(r"^import .* from \"(.*)\";", source, re.MULTILINE)
        assert imports in ([], ["./linear-text-format.js"])
        assert not re.search(r"\b(document|window|fetch|process)\b\.?\(?", re.sub(r"//.*", "", source))
        assert len(source.splitlines()) <= 400
