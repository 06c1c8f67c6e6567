"""A container of the whole product, with data and models in it."""

import shutil
from pathlib import Path

from outclass.base.commit import current_commit
from outclass.publish.targets.base import PublishContext, TargetOption
from outclass.publish.targets.carrying import FOLDER as BUNDLES
from outclass.publish.targets.carrying import carry_bundles
from outclass.publish.targets.choosing import choose, image_name
from outclass.publish.targets.rendering import render
from outclass.publish.targets.tools import (
    PACKAGES,
    build_image,
    build_wheel,
    need,
    python_version,
    source_folder,
    write_ignored,
    write_packages,
)

PROGRAMS = ("wheel", "source")
EXTRA = "[demo]"
SOURCE = "program"
SOURCES = ("src", "pyproject.toml", "README.md", "LICENSE", "NOTICE")
"""What Outclass is built from."""
WHEEL_NOTE = ": its wheel, of `python -m build --wheel --outdir packages` in its source"
BUNDLES_NOTE = (
    "Archives of `outclass publish bundle` lie here; without any, the image shows what comes along.\n"
)
SOURCE_NOTE = ": its source"


class Container:
    """`outclass publish container`."""

    name = "container"
    help = "A container of the whole product, with data and models in it."
    options: tuple[TargetOption, ...] = (
        TargetOption(name="image", metavar="NAME", help="Name of the image; outclass.", default="outclass"),
        TargetOption(name="registry", metavar="HOST/PATH", help="Where the image is pushed; else nowhere."),
        TargetOption(
            name="program",
            metavar="FORM",
            help="wheel (the default; it lies in packages/) or source: of what Outclass is installed.",
            default="wheel",
        ),
    )

    def generate(self, context: PublishContext, into: Path) -> None:
        """Write the context of an image: Dockerfile, program, bundles."""
        write_image(context, into, image=context.options["image"], program=context.options["program"])

    def publish(self, context: PublishContext, folder: Path) -> str:
        """Build the image, and push it where a registry is named."""
        need("docker")
        if context.options["program"] == "wheel":
            build_wheel(folder / PACKAGES)
        return build_image(folder, context.options["image"], context.options["registry"])


def write_image(context: PublishContext, into: Path, *, image: str, program: str) -> None:
    """Write the context of an image of the whole product."""
    of_wheel = choose("program", program, PROGRAMS) == "wheel"
    values = {
        "image": image_name("image", image),
        "python": python_version(),
        "commit": current_commit() or "",
        "command": "serve" if context.challenges else "demo",
        "program": PACKAGES if of_wheel else SOURCE,
        "program_note": WHEEL_NOTE if of_wheel else SOURCE_NOTE,
        "installed": f'"$(ls /source/packages/*.whl){EXTRA}"' if of_wheel else f"'/source/{SOURCE}{EXTRA}'",
    }
    render("container", values, into, written={"program_note", "installed"})
    write_packages(into)
    if not of_wheel:
        shutil.rmtree(into / PACKAGES)
        copy_source(into / SOURCE)
    write_ignored(into)
    carry_bundles(context, into)
    (into / BUNDLES / "README.md").write_text(BUNDLES_NOTE, encoding="utf-8")


def copy_source(into: Path) -> None:
    """Copy what Outclass is built from."""
    source = source_folder()
    into.mkdir()
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*")
    for name in SOURCES:
        if (source / name).is_dir():
            shutil.copytree(source / name, into / name, ignore=ignored)
        else:
            shutil.copyfile(source / name, into / name)


TARGET = Container()
