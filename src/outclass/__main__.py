"""`python -m outclass`: the command line."""

from outclass.cli.main import main

main()
