"""The how-to for phones works as it is written."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from text_models import sms_version

PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "classify-on-a-phone.md"


def test_the_python_of_the_page_runs(tmp_path):
    version = sms_version(tmp_path / "models")
    code = re.search(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)[1]
    (tmp_path / "try.py").write_text(code, encoding="utf-8")
    for name in ("model.json", "signature.json"):
        (tmp_path / name).write_bytes((version.folder / name).read_bytes())

    done = subprocess.run(
        [sys.executable, "try.py"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert sum(json.loads(lines[0].replace("'", '"')).values()) == pytest.approx(1)
    assert [line for line in lines if "speaks for" in line] == [
        "stage 0 speaks for notification or spam",
        "stage 1 speaks for spam",
    ]
    assert sum("prize" in line for line in lines) == 2


def test_the_javascript_and_java_of_the_page_name_what_is_there():
    text = PAGE.read_text(encoding="utf-8")
    module = (PAGE.parents[2] / "src/outclass/charts/design/linear-text.js").read_text(encoding="utf-8")
    java = (PAGE.parents[2] / "examples/java/LinearText.java").read_text(encoding="utf-8")

    for call in re.findall(r"model\.(\w+)\(", text):
        assert re.search(rf"^  {call}\(", module, re.MULTILINE) or call == "logits"
        assert re.search(rf"public \S.* {call}\(", java) or call == "logits"
    assert "public static LinearText parse(String" in java
    assert "static parse(text)" in module
