"""Each notebook runs from its first cell to its last, on what comes with Outclass, and shows something."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
RUN = """
import sys
import nbformat
from nbclient import NotebookClient

notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=100, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[2])
"""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path, tmp_path):
    # In a process of its own: the client's event loops and sockets are none of the other tests' business.
    done = tmp_path / "done.ipynb"
    environment = os.environ | {
        "OUTCLASS_HOME": str(tmp_path / "home"),
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "jupyter"),
        "JUPYTER_DATA_DIR": str(tmp_path / "kernels"),
        "OMP_NUM_THREADS": "1",
    }

    ran = subprocess.run(
        [sys.executable, "-c", RUN, path, done],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr[-3000:]
    code = [cell for cell in nbformat.read(done, as_version=4).cells if cell.cell_type == "code"]
    assert code[-1].execution_count == len(code)
    shown = [output.output_type for cell in code for output in cell.outputs]
    assert len(shown) >= 5
    assert "error" not in shown


def test_each_challenge_has_a_notebook():
    packaged = ROOT / "src" / "outclass" / "challenges"
    challenges = {path.parent.name for path in packaged.glob("*/challenge.yaml")}

    assert {path.stem for path in NOTEBOOKS} == challenges


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_its_output(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)

    assert [cell for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")] == []
