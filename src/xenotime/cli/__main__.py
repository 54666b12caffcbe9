"""Run as ``python -m xenotime.cli``."""

from xenotime.cli import main

main()
