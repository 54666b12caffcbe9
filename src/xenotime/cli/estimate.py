"""The verb that fits a tie model of one's own: `estimate`."""

from pathlib import Path
from typing import Annotated

import typer

from xenotime.cli.asked import AskedTies, asks
from xenotime.cli.options import JsonOption, NamedSettingsOption, require_place
from xenotime.cli.output import print_json, rows


@asks
def estimate(
    formula: Annotated[str, typer.Argument(help="Terms over covariates, in quotes; see `xenotime terms`.")],
    asked: AskedTies,
    stage: Annotated[str | None, typer.Option("--stage", help="Stage; default the one furthest downstream.")] = None,
    method: Annotated[str, typer.Option("--method", help="mple or mcmle.")] = "mple",
    bootstrap: Annotated[int, typer.Option("--bootstrap", help="Replicates over years, with mple.")] = 0,
    settings: NamedSettingsOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for tables and figures of the fit; nothing is kept without.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Fit a tie model (TERGM) to the ties of one stage.

    For example: xenotime estimate "edges + mutual + edgecov('cooperation', lag=1) + memory('stability')"
    """
    from xenotime import studies

    read = studies.AlliancesSettings.read(settings)
    keywords = asked.keywords()
    if out is not None:
        require_place(out, folder=True)
    found = studies.estimate(
        asked.open(), formula, stage=stage, method=method, bootstrap=bootstrap, settings=read, **keywords
    )
    if out is not None:
        found.save(out)
    if json:
        fit = found.fit
        print_json(
            {
                "formula": found.formula,
                "stage": found.stage,
                "years": fit.model.years,
                "method": fit.method,
                "status": fit.status,
                "observations": fit.observations,
                "coefficients": rows(fit.to_frame()),
                "notes": fit.notes,
                "basis": found.basis,
                "reconstructed": found.reconstructed,
                "provenance": [p.to_dict() for p in found.provenance],
                "folder": str(out) if out else None,
            }
        )
    else:
        typer.echo(f"{found}" + (f"\n\nwritten: {out}" if out else ""))
