"""A function of a cloud that sleeps while nobody asks: API and data sites on AWS Lambda."""

from collections.abc import Mapping
from pathlib import Path

from outclass.base.commit import current_commit
from outclass.base.errors import InputError
from outclass.publish.targets.base import PublishContext, TargetOption
from outclass.publish.targets.choosing import choose, whole_number
from outclass.publish.targets.homes import lay_home
from outclass.publish.targets.rendering import render
from outclass.publish.targets.tools import PACKAGES, build_wheel, need, run, write_packages

ROLES = {"api": "", "data": "[publish]", "api,data": "[publish]"}
"""What a function may serve, with the extra that it takes."""
MACHINES = {"x86_64": ("linux/amd64", "x86_64"), "aarch64": ("linux/arm64", "arm64")}
PYTHONS = ("3.12", "3.13")
"""Older images have a system library that onnxruntime does not run on."""
FORMS = ("zip", "image")
ZIP_CODE = """PackageType: Zip
      CodeUri: function.zip
      Handler: handler.handler
      Runtime: python{python}"""
IMAGE_METADATA = "Metadata: {Dockerfile: Dockerfile, DockerContext: ., DockerTag: function}"
STACK = "outclass"
DEPLOY = ("--stack-name", STACK, "--resolve-s3", "--resolve-image-repos", "--capabilities", "CAPABILITY_IAM",
          "--no-confirm-changeset")  # fmt: skip


class LambdaFunction:
    """`outclass publish lambda`."""

    name = "lambda"
    help = "For AWS Lambda: API and data sites as a function that sleeps while nobody asks."
    options: tuple[TargetOption, ...] = (
        TargetOption(
            name="roles", metavar="ROLES", help="api, data or api,data; by default api.", default="api"
        ),
        TargetOption(
            name="form",
            metavar="FORM",
            help="zip (only the API fits) or image; by default what fits.",
        ),
        TargetOption(name="memory", metavar="MB", help="Memory of the function; 1024.", default="1024"),
        TargetOption(
            name="machine",
            metavar="NAME",
            help="x86_64 (the default) or aarch64.",
            default="x86_64",
        ),
        TargetOption(name="python", metavar="VERSION", help="3.12 (the default) or 3.13.", default="3.12"),
    )

    def generate(self, context: PublishContext, into: Path) -> None:
        """Write handler, home, requirements, and how to build them."""
        values = values_of(context)
        render(self.name, values, into, written={"roles", "extra", "code", "metadata"})
        write_packages(into)
        lay_home(context, into / "home", data="data" in str(values["roles"]))

    def publish(self, context: PublishContext, folder: Path) -> str:
        """Build it, and deploy it by AWS SAM."""
        need("sam")
        build_wheel(folder / PACKAGES)
        template = folder / "template.yaml"
        if form_of(context.options) == "zip":
            run("sh", str(folder / "build.sh"))
        else:
            run("sam", "build", "--template", str(template), "--build-dir", str(folder / "built"))
            template = folder / "built" / "template.yaml"
        run("sam", "deploy", "--template", str(template), *DEPLOY)
        return f"its address: sam list stack-outputs --stack-name {STACK}"


def form_of(options: Mapping[str, str]) -> str:
    """Return whether it is a zip or an image."""
    roles = choose("roles", options["roles"], ROLES)
    form = choose("form", options["form"] or ("zip" if roles == "api" else "image"), FORMS)
    if form == "zip" and roles != "api":
        raise InputError(
            "data sites do not fit into a zip, which may unpack to 250 MB",
            where="--form",
            got=form,
            accepted="image, or --roles api",
        )
    return form


def values_of(context: PublishContext) -> dict[str, str | int]:
    """Return what fills the files, each value checked."""
    options = context.options
    form, python = form_of(options), choose("python", options["python"], PYTHONS)
    machine = choose("machine", options["machine"], MACHINES)
    platform, architecture = MACHINES[machine]
    return {
        "roles": options["roles"],
        "form": form,
        "extra": ROLES[options["roles"]],
        "python": python,
        "machine": machine,
        "platform": platform,
        "architecture": architecture,
        "memory": whole_number("memory", options["memory"], least=256, most=10_240),
        "code": ZIP_CODE.format(python=python) if form == "zip" else "PackageType: Image",
        "metadata": "" if form == "zip" else IMAGE_METADATA,
        "commit": current_commit() or "",
    }


TARGET = LambdaFunction()
