"""Measure what a function of a cloud weighs, and how long its first answer takes in a fresh process.

Usage: python benchmarks/publishing/cold_start.py [CHALLENGE...] --python python3.12 [--rounds 5] [--image]

Writes what `outclass publish lambda` writes, builds it by its own `build.sh`, and asks the handler in each of
some fresh processes with an empty temporary folder: import, start with models, first and second prediction.
`--image` measures the roles `api,data`, installed as its Dockerfile does, and the first page of data, too.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path

from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from outclass.publish.targets.base import PublishContext
from outclass.publish.targets.function import TARGET
from outclass.publish.targets.tools import build_wheel

MEGABYTE = 1_000_000
ASK = """
import json, resource, sys, time
begun = time.perf_counter()
import outclass.function
imported = time.perf_counter()
import handler
started = time.perf_counter()
name, pages = sys.argv[1], sys.argv[2] == "pages"

def ask(path, method="GET", body=None):
    http = {"method": method, "path": path, "sourceIp": "203.0.113.7"}
    event = {"version": "2.0", "rawPath": path, "requestContext": {"http": http}, "isBase64Encoded": False,
             "headers": {"host": "localhost", "content-type": "application/json"}}
    answer = handler.handler(event | ({"body": body} if body else {}), None)
    return answer

example = json.loads(ask(f"/api/v1/challenges/{name}")["body"])
asked = time.perf_counter()
body = json.dumps([0.0] * 300 + [1.0] * 12 + [0.0] * 472)
status = ask(f"/api/v1/challenges/{name}/predict", "POST", body)["statusCode"]
first = time.perf_counter()
ask(f"/api/v1/challenges/{name}/predict", "POST", body)
second = time.perf_counter()
page = 0.0
if pages:
    ask("/data/")
    page = time.perf_counter() - second
print(json.dumps({"status": status, "import": imported - begun, "start": started - imported,
                  "first": first - asked, "second": second - first, "page": page,
                  "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000}))
"""


def make(names: list[str], folder: Path, python: str, *, image: bool) -> Path:
    """Write the function and build it; return the folder that is its root."""
    told = subprocess.run([python, "--version"], check=True, capture_output=True, text=True).stdout
    version = ".".join(told.split()[1].split(".")[:2])
    options = {option.name: option.default for option in TARGET.options} | {"python": version}
    context = PublishContext(
        challenges=tuple(load_challenge(name) for name in names),
        settings=Settings.from_environment(),
        options=options | ({"roles": "api,data"} if image else {}),
    )
    TARGET.generate(context, folder)
    build_wheel(folder / "packages")
    package = folder / "package"
    if image:
        (wheel,) = (folder / "packages").glob("*.whl")
        words = ["--target", package, f"{wheel}[publish]", "--requirement", "requirements.txt"]
        subprocess.run([python, "-m", "pip", "install", "--quiet", *words], check=True, cwd=folder)
        shutil.copyfile(folder / "handler.py", package / "handler.py")
        shutil.copytree(folder / "home", package / "home")
    else:
        subprocess.run(["sh", "build.sh"], check=True, cwd=folder, env=os.environ | {"PYTHON": python})
    return package


def size_of(folder: Path) -> float:
    """Return the megabytes of a file, or of all files in a folder."""
    paths = [folder] if folder.is_file() else [path for path in folder.rglob("*") if path.is_file()]
    return sum(path.stat().st_size for path in paths) / MEGABYTE


def ask(package: Path, name: str, folder: Path, python: str, *, image: bool) -> dict[str, float]:
    """Ask once in a fresh process whose temporary folder is empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    environment = {"TMPDIR": str(folder), "OMP_NUM_THREADS": "1", "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"}
    words = [python, "-S", "-c", ASK, name, "pages" if image else "-"]
    done = subprocess.run(
        words, cwd=package, env=environment | {"PYTHONPATH": str(package)}, check=True, stdout=subprocess.PIPE
    )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Make, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("challenges", nargs="*", default=["digits"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--python", required=True, help="3.12 or 3.13, with pip")
    parser.add_argument("--image", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        made, state, python = Path(name) / "made", Path(name) / "tmp", shutil.which(options.python)
        assert python, "this Python is not here"
        made.mkdir()
        package = make(options.challenges, made, python, image=options.image)
        print(f"unpacked {size_of(package):.0f} MB, of it home {size_of(package / 'home'):.1f} MB")
        if not options.image:
            print(f"as a zip {size_of(made / 'function.zip'):.0f} MB")
        first = options.challenges[0]
        found = [ask(package, first, state, python, image=options.image) for _ in range(options.rounds)]
    assert {one["status"] for one in found} == {200}
    for key in ("import", "start", "first", "second", "page"):
        values = sorted(one[key] * 1000 for one in found)
        print(f"{key:8} {values[0]:8.1f} to {values[-1]:8.1f} ms, median {statistics.median(values):8.1f}")
    whole = [one["import"] + one["start"] + one["first"] for one in found]
    print(f"cold start to the first answer: {statistics.median(whole):.2f} s (median of {len(whole)})")
    print(f"memory {max(one['memory'] for one in found):.0f} MB")


if __name__ == "__main__":
    main()
