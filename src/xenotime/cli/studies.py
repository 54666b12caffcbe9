"""How every study verb ends: the study saved, its report written, its words printed."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from xenotime.cli.output import print_json

if TYPE_CHECKING:
    from xenotime.studies import Study


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
