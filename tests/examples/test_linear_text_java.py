"""The scorer in Java, compiled for Java 11, against the golden vectors and the scorer in Python."""

import json
import math
import shutil
import subprocess
from pathlib import Path

import pytest

from outclass.inference.linear_text import LinearTextModel
from real_messages import real_messages

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "examples" / "java" / "LinearText.java"
VECTORS = ROOT / "docs" / "reference" / "text-vectors.json"
SECONDS = 120


@pytest.fixture(scope="module")
def java(tmp_path_factory):
    """Compile the scorer and return a function that runs it."""
    if not shutil.which("javac"):
        pytest.skip("no Java compiler is installed (Debian: apt-get install default-jdk-headless)")
    folder = tmp_path_factory.mktemp("classes")
    command = ["javac", "--release", "11", "-Xlint:all", "-Werror", "-d", str(folder), str(SOURCE)]
    subprocess.run(command, check=True, timeout=SECONDS)

    def run(*words, given=""):
        command = ["java", "-Xshare:auto", "-cp", str(folder), "LinearText", *map(str, words)]
        return subprocess.run(
            command, input=given.encode(), capture_output=True, check=False, timeout=SECONDS
        )

    return run


def test_java_gives_the_golden_vectors(java):
    done = java("check", VECTORS)

    assert done.returncode == 0, done.stdout + done.stderr
    assert float(done.stdout.split()[-1]) < 1e-9


def test_a_wrong_number_is_noticed(java, tmp_path):
    told = json.loads(VECTORS.read_text(encoding="utf-8"))
    told["vectors"][5]["stages"][0]["spans"][0][3] += 1e-6
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps(told), encoding="utf-8")

    assert java("check", changed).returncode == 1


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"more": 1},
        {"classes": ["one"]},
        {"longest": 0.5},
        {"stages": []},
        {"measures": ["mood"]},
        {"conditions": {}},
    ],
    ids=str,
)
def test_what_is_no_model_is_refused(java, tmp_path, change):
    told = json.loads(VECTORS.read_text(encoding="utf-8"))["models"]["two-stages"] | change
    path = tmp_path / "model.json"
    path.write_text(json.dumps(told), encoding="utf-8")

    done = java(path)

    assert done.returncode != 0
    assert b"no model of the format" in done.stderr


def test_java_and_python_agree_on_all_real_messages(java, tmp_path, shared_data):
    told = json.loads(VECTORS.read_text(encoding="utf-8"))["models"]["two-stages"]
    path = tmp_path / "model.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    texts = real_messages(shared_data / "messages")

    lines = java(path, given="\n".join(texts) + "\n").stdout.decode().splitlines()

    wanted = LinearTextModel.parse(path.read_bytes()).logits(texts)
    assert len(lines) == len(texts) > 10_000
    for line, logits in zip(lines, wanted, strict=True):
        assert list(map(float, line.split())) == pytest.approx([math.exp(x) for x in logits], abs=1e-9)
