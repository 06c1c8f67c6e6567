"""Programs of this machine that targets hand over with, and the source of Outclass itself."""

import shutil
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

from outclass.base.errors import UnavailableError
from outclass.publish.targets.choosing import image_name

PACKAGES = "packages"
RUN = "docker run --read-only --tmpfs /tmp --publish 127.0.0.1:8000:8000"
CONSTRAINTS = "constraints.txt"
NOT_PINNED = frozenset({"outclass", "pip", "setuptools", "wheel"})


def source_folder() -> Path:
    """Return the checkout that this runs from.

    Raises
    ------
    UnavailableError
        It runs from an installed package.
    """
    source = Path(__file__).resolve().parents[4]
    if not (source / "pyproject.toml").is_file():
        raise UnavailableError(
            "the source of Outclass is not here, of which its wheel is built",
            hint="use --generate-dir, and put the wheel into packages/",
        )
    return source


def build_wheel(into: Path) -> None:
    """Put the wheel of this source into a folder."""
    words = ("-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(into), str(source_folder()))
    run("python3", *words)


def write_packages(into: Path) -> None:
    """Make the folder into which the wheel goes, and the list of versions that are installed here."""
    folder = into / PACKAGES
    folder.mkdir()
    (folder / "README.md").write_text(
        "The wheel of Outclass belongs here: `python -m build --wheel --outdir packages` in its source.\n",
        encoding="utf-8",
    )
    (into / CONSTRAINTS).write_text("\n".join(pins()) + "\n", encoding="utf-8")


def pins() -> list[str]:
    """Return `NAME==VERSION` of all that is installed here; builds for special machines are left out."""
    found = {
        one.metadata["Name"].lower().replace("_", "-"): one.version
        for one in distributions()
        if one.metadata["Name"] and "+" not in one.version
    }
    return [f"{name}=={version}" for name, version in sorted(found.items()) if name not in NOT_PINNED]


def python_version() -> str:
    """Return the version of Python that this runs on, as images are named after it.

    >>> python_version().startswith("3.")
    True
    """
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def write_ignored(into: Path) -> None:
    """Keep what does not belong there out of an image."""
    (into / ".dockerignore").write_text("**/__pycache__\n**/.git\n**/.venv\n", encoding="utf-8")


def build_image(folder: Path, image: str, registry: str) -> str:
    """Build the image of a folder, push it where a registry is named, and return what to say."""
    name = f"{image_name('registry', registry)}/{image}" if registry else image_name("image", image)
    run("docker", "build", "--quiet", "--tag", name, str(folder))
    if registry:
        run("docker", "push", "--quiet", name)
        return f"pushed {name}"
    return f"the image is {name}: {RUN} {name}"


def need(program: str) -> None:
    """Refuse to begin what takes a program that is not here."""
    if shutil.which(program) is None:
        raise UnavailableError(
            f"{program} is not installed", hint="install it, or use --generate-dir and go on by hand"
        )


def run(*words: str) -> None:
    """Run one program to its end.

    Raises
    ------
    UnavailableError
        It is not here, or it failed.
    """
    need(words[0])
    # The words are ours; what the user gave was checked.
    done = subprocess.run(words, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        told = done.stderr.strip()[-500:]
        raise UnavailableError(f"{words[0]} failed", got=f"exit status {done.returncode}: {told}")
