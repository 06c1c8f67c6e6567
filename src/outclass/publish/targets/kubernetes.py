"""Manifests for Kubernetes, with the context of their image."""

import hashlib
import re
from pathlib import Path

import yaml

from outclass.base.errors import InputError
from outclass.publish.targets.base import PublishContext, TargetOption
from outclass.publish.targets.choosing import choose, host_name, image_name, whole_number
from outclass.publish.targets.container import write_image
from outclass.publish.targets.rendering import Values, render_file
from outclass.publish.targets.tools import PACKAGES, build_wheel, need, run

ROLES = {"all": "the whole product", "api": "predictions", "data": "data sites"}
LABEL = re.compile(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?")
SIZE = re.compile(r"[1-9][0-9]{0,5}(Mi|Gi|Ti)")
MANIFESTS, IMAGE = "manifests", "image"
SHARED = ("deployment.yaml", "service.yaml", "ingress.yaml")
WRITTEN = frozenset({"title", "home", "strategy", "rows"})


class Kubernetes:
    """`outclass publish k8s`."""

    name = "k8s"
    help = "For Kubernetes: deployment, service, ingress with TLS, volume and jobs, and their image."
    options: tuple[TargetOption, ...] = (
        TargetOption(name="host", metavar="NAME", help="Host name that people type.", required=True),
        TargetOption(name="image", metavar="NAME", help="Image, with its registry.", required=True),
        TargetOption(name="role", metavar="ROLE", help="all (the default), api or data.", default="all"),
        TargetOption(name="copies", metavar="N", help="Copies; 2, of all roles 1.", default=""),
        TargetOption(name="name", metavar="NAME", help="Of all resources; outclass.", default="outclass"),
        TargetOption(name="memory", metavar="SIZE", help="Most memory of a copy; 1Gi.", default="1Gi"),
        TargetOption(name="storage", metavar="SIZE", help="Of the volume; 20Gi.", default="20Gi"),
    )

    def generate(self, context: PublishContext, into: Path) -> None:
        """Write manifests and the context of the image."""
        values = values_of(context)
        folder = into / MANIFESTS
        folder.mkdir()
        names = write_manifests(context, values, folder)
        (folder / "kustomization.yaml").write_text(
            yaml.safe_dump({"resources": names}, sort_keys=False), encoding="utf-8"
        )
        render_file(self.name, "README.md", values, into / "README.md", WRITTEN)
        (into / IMAGE).mkdir()
        write_image(context, into / IMAGE, image=str(values["image"]), program="wheel")

    def publish(self, context: PublishContext, folder: Path) -> str:
        """Build and push the image, and apply the manifests."""
        need("docker")
        need("kubectl")
        build_wheel(folder / IMAGE / PACKAGES)
        image = context.options["image"]
        run("docker", "build", "--quiet", "--tag", image, str(folder / IMAGE))
        run("docker", "push", "--quiet", image)
        run("kubectl", "apply", "--kustomize", str(folder / MANIFESTS))
        return f"it will answer at https://{context.options['host']}/"


def write_manifests(context: PublishContext, values: Values, folder: Path) -> list[str]:
    """Write the manifests and return their names; only the whole product keeps state and learns."""
    names = [*SHARED]
    whole = values["role"] == "all"
    if whole:
        names.append("volume.yaml")
    for name in names:
        render_file("k8s", name, values, folder / name, WRITTEN)
    for loaded in context.challenges if whole else ():
        minute = int.from_bytes(hashlib.sha256(loaded.name.encode()).digest()[:2], "big") % 60
        job = {**values, "challenge": loaded.name, "minute": minute}
        names.append(f"retrain-{loaded.name}.yaml")
        render_file("k8s", "retrain.yaml", job, folder / names[-1], WRITTEN)
    return names


def values_of(context: PublishContext) -> dict[str, str | int]:
    """Return what fills the files, each value checked."""
    options = context.options
    role, name = choose("role", options["role"], ROLES), options["name"]
    if not LABEL.fullmatch(name):
        raise InputError(
            "this is no name of a resource", where="--name", got=name, accepted="such as outclass"
        )
    whole = role == "all"
    copies = whole_number("copies", options["copies"] or ("1" if whole else "2"), least=1, most=100)
    if whole and copies > 1:
        raise InputError(
            "copies of the whole product would share one SQLite file",
            where="--copies",
            got=copies,
            accepted="1, or --role api",
            hint="with a PostgreSQL of yours see deploy/kubernetes",
        )
    claim = f"persistentVolumeClaim: {{claimName: {name}}}"
    return {
        "host": host_name(options["host"]),
        "image": image_name("image", options["image"]),
        "role": role,
        "copies": copies,
        "name": name,
        "memory": size("memory", options["memory"]),
        "requested": "400Mi" if whole else "250Mi",
        "storage": size("storage", options["storage"]),
        "title": ROLES[role],
        "strategy": "{type: Recreate}" if whole else "{rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}",
        "home": f"{{name: home, {claim if whole else 'emptyDir: {sizeLimit: 10Gi}'}}}",
        "rows": ROWS if whole else "",
    }


ROWS = """| `manifests/volume.yaml` | what is written: accounts, games, models that were trained since |
| `manifests/retrain-*.yaml` | learn every night from what people said |
"""


def size(name: str, given: str) -> str:
    """Return a size as Kubernetes reads it."""
    if not SIZE.fullmatch(given):
        raise InputError("this is no size", where=f"--{name}", got=given, accepted="such as 512Mi or 20Gi")
    return given


TARGET = Kubernetes()
