"""`python -m server.cli` is `wzrd`."""

from server.cli import main

main()
