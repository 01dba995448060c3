"""`python -m inkdigit` is the `inkdigit` command."""

from inkdigit.cli.app import main

main()
