"""What every study verb does: the study run, saved, its report written, its words printed."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from xenotime.cli.options import require_place
from xenotime.cli.output import print_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from xenotime.cli.asked import AskedFlows
    from xenotime.studies import Study


def answer(
    study: "Callable[..., Study]", asked: "AskedFlows", settings: Any, out: Path, json: bool, **more: Any
) -> None:
    """Run a study of flows as it was asked, save it, write its report, and print what it says.

    Parameters
    ----------
    study : function
        Of `xenotime.studies`: takes a store, the keywords of `asked`, and ``settings``.
    settings
        Settings of that study, read and checked.
    **more
        What this study takes besides.
    """
    keywords = asked.keywords()  # what was asked wrongly is said before the store is opened and hours are spent
    require_place(out, folder=True)
    finish(study(asked.open(), **keywords, settings=settings, **more), out, json)


def finish(result: "Study", out: Path, json: bool) -> None:
    """Save a study, write its report, and print what it says."""
    from xenotime import report as reporting
    from xenotime import studies

    studies.save(result, out)
    page = reporting.write(result, out / "report.html")
    if json:
        print_json(
            {
                "headline": result.headline,
                "findings": result.findings,
                "caveats": result.caveats,
                "reconstructed": result.reconstructed,
                "provenance": [p.to_dict() for p in result.provenance],
                "report": str(page),
                "folder": str(out),
            }
        )
    else:
        typer.echo(f"{result}\n\nreport: {page}")
