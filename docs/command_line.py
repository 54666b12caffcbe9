"""Write docs/command-line.md from the commands themselves: ``python docs/command_line.py``. A test compares."""

from pathlib import Path

import click
import typer.main

PAGE = Path(__file__).with_name("command-line.md")
OPENING = """# The command line

One verb a task; `--json` where a machine may read. Exit status 0: done; 1: it failed; 2: you asked wrongly; 130:
interrupted. Errors and notes go to standard error, so that output can be piped. Without `--store FOLDER` (or the
variable `XENOTIME_STORE`) a study runs on the embedded world, and says so.

This page is written by `python docs/command_line.py`.
"""


def page() -> str:
    """Return the page: each command with its help text, 100 columns wide."""
    from xenotime.cli.app import app

    root = typer.main.get_command(app)
    parts = [OPENING]
    for name, command in _walk(root, "xenotime"):
        context = click.Context(command, info_name=name, max_content_width=100, terminal_width=100)
        parts.append(f"## `{name}`\n\n```text\n{command.get_help(context).strip()}\n```\n")
    return "\n".join(parts)


def _walk(command, name):
    yield name, command
    for child, inner in sorted(getattr(command, "commands", {}).items()):
        yield from _walk(inner, f"{name} {child}")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
