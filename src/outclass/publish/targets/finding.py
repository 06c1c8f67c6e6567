"""The targets that are there: our own, and those that installed packages offer.

A package offers one by an entry point of the group `outclass.publish`, whose value is a `Target`:

    [project.entry-points."outclass.publish"]
    mars = "outclass_mars:TARGET"
"""

from importlib.metadata import EntryPoint, entry_points
from typing import cast

from outclass.base.errors import OutclassError
from outclass.publish.targets import container, function, kubernetes, site, vm, workflow
from outclass.publish.targets.base import Target

GROUP = "outclass.publish"
OWN: tuple[Target, ...] = (
    vm.TARGET,
    function.TARGET,
    site.TARGET,
    container.TARGET,
    kubernetes.TARGET,
    workflow.TARGET,
)
PARTS = ("name", "help", "options", "generate", "publish")


def all_targets() -> dict[str, Target]:
    """Return every target by its name; one of ours is never replaced by a package's.

    Raises
    ------
    OutclassError
        A package's target cannot be loaded, or has the name of another.
    """
    found = {target.name: target for target in OWN}
    for entry in entry_points(group=GROUP):
        target = load(entry)
        if target.name in found:
            raise OutclassError("two publish targets have one name", where=entry.value, got=target.name)
        found[target.name] = target
    return found


def load(entry: EntryPoint) -> Target:
    """Import what a package offers, and look whether it is a target."""
    try:
        target = entry.load()
    except (ImportError, AttributeError) as error:
        raise OutclassError(
            "a publish target cannot be loaded",
            where=entry.value,
            got=f"{type(error).__name__}: {error}",
            hint="the package that offers it is broken: remove it, or install a version that fits",
        ) from error
    if missing := [part for part in PARTS if not hasattr(target, part)]:
        raise OutclassError(
            "this is no publish target", where=entry.value, got=f"without {', '.join(missing)}"
        )
    return cast(Target, target)
