"""The verb that shows the library of scenarios, and one scenario as a file to copy: `scenarios`."""

from typing import Annotated

import typer

from xenotime.cli.options import JsonOption
from xenotime.cli.output import print_json, print_table, rows


def scenarios(
    scenario: Annotated[
        str | None,
        typer.Argument(help="A scenario of the library, or the path of a YAML file; none lists the library."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """List the ready scenarios; with a name, say what it does and print it as a file to copy."""
    import polars as pl

    from xenotime.scenarios import library, load_scenario

    if scenario is not None:
        found = load_scenario(scenario)
        if json:
            print_json({**found.model_dump(mode="json"), "describe": found.describe()})
            return
        # as comments, so that the whole is a scenario file again
        typer.echo("".join(f"# {line}\n" for line in found.describe().splitlines()) + "\n" + found.to_yaml(), nl=False)
        return
    held = pl.DataFrame(
        [
            {
                "name": one.name,
                "title": one.title,
                "chain": one.chain,
                "stage": ", ".join(one.stage),
                "base_year": one.base_year,
                "year": one.policy_year,
            }
            for one in map(load_scenario, library())
        ]
    )
    if json:
        print_json(rows(held))
        return
    print_table(held, "The library of scenarios")
    typer.echo("`xenotime scenarios NAME` says what one does, and prints it as a file to copy.")
