"""The verb that says what a formula of the tie model may hold: `terms`."""

from typing import Annotated

import typer

from xenotime.cli.options import JsonOption
from xenotime.cli.output import print_json, print_table, rows


def terms(
    covariates: Annotated[
        bool, typer.Option("--covariates", help="List the covariates that studies read from a store instead.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """List the terms of the tie model: spelling, meaning, and whether other ties of the year matter to it."""
    import polars as pl

    if covariates:
        from xenotime.studies.alliances import catalogue as listed

        table = listed()
    else:
        from xenotime.tergm.catalogue import catalogue

        table = catalogue()
    if json:
        print_json(rows(table))
    elif covariates:
        print_table(table)
    else:
        independent = pl.when("dyad_independent").then(pl.lit("yes")).otherwise(pl.lit("no"))
        print_table(table.select("spelling", independent.alias("dyad-independent"), "networks", "meaning"))
        typer.echo(
            "Around any of them: offset(term, coefficient), Form(~ terms), Persist(~ terms), term:time, "
            "term:timecov(minimum=5).\nattr: a covariate of the panel by its name, in quotes; those of "
            "`xenotime estimate`: `xenotime terms --covariates`."
        )
