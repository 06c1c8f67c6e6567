"""A workflow for GitHub Actions or GitLab CI: tests, wheel, and a demo of every tag."""

from pathlib import Path

from outclass.base.errors import InputError
from outclass.publish.targets.base import PublishContext, TargetOption
from outclass.publish.targets.choosing import choose
from outclass.publish.targets.rendering import render_file
from outclass.publish.targets.tools import python_version

PLACES = {"github": Path(".github/workflows/outclass.yml"), "gitlab": Path(".gitlab-ci.yml")}
"""Where each forge looks for it."""
INDENTS = {"github": "      - run: ", "gitlab": "    - "}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
MADE = frozenset({"challenges", "collect_github", "collect_gitlab"})


class Workflow:
    """`outclass publish ci`."""

    name = "ci"
    help = "A workflow that tests, builds, and publishes a demo of every tag: GitHub Actions or GitLab CI."
    options: tuple[TargetOption, ...] = (
        TargetOption(name="form", metavar="FORM", help="github (the default) or gitlab.", default="github"),
        TargetOption(name="python", metavar="VERSION", help="Python that runs it; by default this one."),
    )

    def generate(self, context: PublishContext, into: Path) -> None:
        """Write the workflow where the forge looks for it."""
        form = choose("form", context.options["form"], PLACES)
        names = [loaded.name for loaded in context.challenges]
        values = {
            "python": choose("python", context.options["python"] or python_version(), PYTHONS),
            "challenges": "".join(f" {name}" for name in names),
            **{
                f"collect_{one}": "".join(f"{indent}outclass collect {name}\n" for name in names)
                for one, indent in INDENTS.items()
            },
        }
        to = into / PLACES[form]
        to.parent.mkdir(parents=True, exist_ok=True)
        render_file(self.name, f"{form}.yml", values, to, MADE)

    def publish(self, context: PublishContext, folder: Path) -> str:  # noqa: ARG002 - as every target
        """Refuse: a workflow is kept in the repository, where its owner puts it."""
        raise InputError(
            "a workflow is published by a commit", accepted="--generate-dir DIR; copy it into the repository"
        )


TARGET = Workflow()
