"""Leave out the library of physical units that Datasette brings: 45 MB and seconds, for nothing here."""

import sys
import types

NAME = "datasette.vendored.pint"


class UnitRegistry:
    """Knows no unit; a table whose metadata declare one is shown without it."""

    def define(self, unit: str) -> None:
        """Forget a unit."""


def leave_out_units() -> None:
    """Take the place of the library, where it was not imported before."""
    if NAME not in sys.modules:
        stand_in = types.ModuleType(NAME)
        stand_in.UnitRegistry = UnitRegistry  # type: ignore[attr-defined]
        sys.modules[NAME] = stand_in
