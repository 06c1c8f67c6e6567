"""A container of data sites: data files that never change, what is told of them, and pages that show them."""

from pathlib import Path

from outclass.base.commit import current_commit
from outclass.base.document import to_json
from outclass.base.errors import InputError
from outclass.base.settings import read_prefix
from outclass.publish.database.metadata import metadata_of
from outclass.publish.targets.base import PublishContext, TargetOption
from outclass.publish.targets.choosing import image_name
from outclass.publish.targets.homes import lay_home
from outclass.publish.targets.rendering import render
from outclass.publish.targets.tools import (
    PACKAGES,
    build_image,
    build_wheel,
    need,
    python_version,
    write_ignored,
    write_packages,
)


class DataSite:
    """`outclass publish site`."""

    name = "site"
    help = "A container of data sites: one read-only data file of each challenge, with our Datasette."
    options: tuple[TargetOption, ...] = (
        TargetOption(name="image", metavar="NAME", help="Name of the image.", default="outclass-data-site"),
        TargetOption(name="registry", metavar="HOST/PATH", help="Where the image is pushed; else nowhere."),
        TargetOption(name="prefix", metavar="/PATH", help="Beginning of every path, where it is not alone."),
    )

    def generate(self, context: PublishContext, into: Path) -> None:
        """Write data files, metadata, and the container that shows them."""
        if not context.challenges:
            raise InputError("nothing says whose data", accepted="at least one challenge")
        image_name("image", context.options["image"])
        values = {
            "prefix": read_prefix(context.options["prefix"]),
            "python": python_version(),
            "commit": current_commit() or "",
        }
        render(self.name, values, into)
        files = lay_home(context, into / "home", data=True, models=False)
        databases = {
            file.path.stem: metadata_of(file, loaded)
            for file, loaded in zip(files, context.challenges, strict=True)
        }
        (into / "metadata.json").write_bytes(to_json({"databases": databases}))
        write_packages(into)
        write_ignored(into)

    def publish(self, context: PublishContext, folder: Path) -> str:
        """Build the image, and push it where a registry is named."""
        need("docker")
        build_wheel(folder / PACKAGES)
        return build_image(folder, context.options["image"], context.options["registry"])


TARGET = DataSite()
