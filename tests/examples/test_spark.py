"""The Spark job in local mode, from a folder of files to Parquet, stopped and started again."""

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from outclass.inference.linear_text import LinearTextModel
from processes import environment
from text_models import sms_challenge, sms_version, vectors

JOB = Path(__file__).resolve().parents[2] / "examples" / "spark" / "classify_stream.py"
TEXTS = [f"win a prize now {number}" if number % 3 else f"see you at {number}" for number in range(200)]

pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("pyspark") is None,
        reason="Spark is not installed: pip install pyspark 'pandas<3' pyarrow",
    ),
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, which is not installed"),
    pytest.mark.timeout(300),
]


@pytest.fixture
def run(tmp_path):
    """Return a function that runs the job until it has classified everything."""
    home = tmp_path / "home"
    version = sms_version(home / "models")
    challenge = sms_challenge(tmp_path / "sms")
    source = str(Path(__file__).resolve().parents[2] / "src")

    def job():
        words = [str(JOB), str(challenge), str(tmp_path / "in"), str(tmp_path / "out"), "--once"]
        more = {
            "PYTHONPATH": source,
            "PYSPARK_PYTHON": sys.executable,
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYSPARK_SUBMIT_ARGS": "--master local[2] --conf spark.ui.enabled=false pyspark-shell",
        }
        done = subprocess.run(
            [sys.executable, *words],
            env=environment(home, **more),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return version

    return job


def rows(folder):
    """Return all rows of the Parquet files of all batches."""
    parquet = importlib.import_module("pyarrow.parquet")
    return [row for file in sorted(folder.rglob("*.parquet")) for row in parquet.read_table(file).to_pylist()]


def write(tmp_path, name, lines):
    folder = tmp_path / "in"
    folder.mkdir(exist_ok=True)
    tmp_path.joinpath(name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    tmp_path.joinpath(name).rename(folder / name)


def test_every_line_is_classified_once_over_two_runs(run, tmp_path):
    messages = [json.dumps({"id": str(place), "text": text}) for place, text in enumerate(TEXTS)]
    write(tmp_path, "one.jsonl", [*messages[:120], "no message", '{"id": "x"}'])
    version = run()
    first = rows(tmp_path / "out" / "results")
    write(tmp_path, "two.jsonl", messages[120:])
    run()

    found = rows(tmp_path / "out" / "results")
    model = LinearTextModel.parse(json.dumps(vectors()["models"]["two-stages"]).encode())
    expected = [model.classes[logits.index(max(logits))] for logits in model.logits(TEXTS)]
    assert len(first) == 120
    assert sorted(int(row["id"]) for row in found) == list(range(len(TEXTS)))
    assert {row["model"] for row in found} == {version.reference}
    assert all(row["answer"] == expected[int(row["id"])] for row in found)
    assert all(abs(sum(json.loads(row["probabilities"]).values()) - 1) < 1e-9 for row in found)
    letters = rows(tmp_path / "out" / "dead-letters")
    assert sorted(row["value"] for row in letters) == ["no message", '{"id": "x"}']
