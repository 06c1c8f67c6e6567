"""The servers that are compared: how each is installed, started and asked."""

import importlib.util
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SERVERS = HERE / "servers"
UVICORN = ["--host", "127.0.0.1", "--no-access-log", "--log-level", "warning", "--port", "{port}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One server; in `command`, {bin} is its environment's folder of programs and {port} its port."""

    name: str
    packages: tuple[str, ...]
    command: tuple[str, ...]
    path: str = "/predict"
    headers: dict[str, str] = field(default_factory=dict)


def contenders(token: str) -> list[Contender]:
    """Return all servers, ours first; the runtime is the same in each."""
    runtime = (f"onnxruntime=={version('onnxruntime')}", f"numpy=={version('numpy')}")
    fast = ("uvicorn", "uvloop", "httptools")
    return [
        Contender(
            name="raw ASGI",
            packages=(*runtime, *fast, "msgspec"),
            command=("{bin}/uvicorn", "--app-dir", str(SERVERS), "raw_asgi:app", *UVICORN),
        ),
        Contender(
            name="Outclass",
            packages=(str(ROOT), *runtime),
            command=("{bin}/outclass", "serve", "--role", "api", "--port", "{port}"),
            path="/api/v1/challenges/digits/predict",
            headers={"Authorization": f"Bearer {token}"},
        ),
        Contender(
            name="FastAPI",
            packages=(*runtime, *fast, "fastapi"),
            command=("{bin}/uvicorn", "--app-dir", str(SERVERS), "fast_api:app", *UVICORN),
        ),
        Contender(
            name="LitServe",
            packages=(*runtime, *fast, "litserve"),
            command=("{bin}/python", str(SERVERS / "lit_serve.py"), "{port}"),
        ),
        Contender(
            name="BentoML",
            packages=(*runtime, *fast, "bentoml"),
            command=(
                *("{bin}/bentoml", "serve", "bento:Digits", "--working-dir", str(SERVERS)),
                *("--host", "127.0.0.1", "--port", "{port}"),
            ),
        ),
    ]


def programs(folder: Path) -> Path:
    """Return where an environment keeps its programs."""
    return folder / ("Scripts" if sys.platform == "win32" else "bin")


def install(contender: Contender, cache: Path, *, fresh: bool) -> Path:
    """Make the contender's own environment, or find the one that was made before."""
    folder = cache / contender.name.lower().replace(" ", "-")
    stamp = folder / "packages.txt"
    wanted = "\n".join(contender.packages)
    ours = str(ROOT) in contender.packages
    if not fresh and not ours and stamp.is_file() and stamp.read_text() == wanted:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    print(f"installing {contender.name} ...", flush=True)
    python = str(programs(folder) / "python")
    if importlib.util.find_spec("uv"):
        tool = [sys.executable, "-m", "uv"]
        subprocess.run([*tool, "venv", "-q", "--python", sys.executable, str(folder)], check=True)
        subprocess.run([*tool, "pip", "install", "-q", "--python", python, *contender.packages], check=True)
    else:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *contender.packages], check=True)
    stamp.write_text(wanted)
    return folder


def size_in_megabytes(folder: Path) -> float:
    """Return what the installed packages take, without pip and compiled bytecode."""
    packages = next(folder.glob("[Ll]ib*/**/site-packages"))
    files = (path for path in packages.rglob("*") if path.is_file() and not path.is_symlink())
    skipped = {"pip", "setuptools", "__pycache__"}
    return sum(f.stat().st_size for f in files if not skipped & set(f.relative_to(packages).parts)) / 1e6
