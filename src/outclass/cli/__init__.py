"""The command line: one module for each command, imported only when that command runs."""

from outclass.cli.main import main

__all__ = ["main"]
