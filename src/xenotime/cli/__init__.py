"""The command line: parse, call one function of the package, print. One verb a task; see `app`."""

from xenotime.cli.app import main

__all__ = ["main"]
