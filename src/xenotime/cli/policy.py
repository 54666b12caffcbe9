"""The verbs of policy: `simulate` one scenario."""

from pathlib import Path
from typing import Annotated

import typer

from xenotime.cli.options import HsVersionOption, JsonOption, SourceOption, StoreOption, VersionOption, store_at
from xenotime.cli.output import print_json, print_table, rows

SettingsOption = Annotated[Path | None, typer.Option("--settings", help="YAML file with the study's settings.")]
StageOption = Annotated[str | None, typer.Option("--stage", help="Stage of the market; default the scenario's own.")]
YearOption = Annotated[int | None, typer.Option("--year", help="Year of the base; default the scenario's own.")]


def simulate(
    scenario: Annotated[str, typer.Argument(help="A scenario of the library, or the path of its YAML file.")],
    store: StoreOption = None,
    stage: StageOption = None,
    year: YearOption = None,
    settings: SettingsOption = None,
    countries: Annotated[int, typer.Option("--countries", help="How many of the largest traders to print.")] = 20,
    source: SourceOption = None,
    data_version: VersionOption = None,
    hs_version: HsVersionOption = None,
    json: JsonOption = False,
) -> None:
    """Solve one scenario's market at central elasticities: prices, quantities and welfare by country."""
    from xenotime.scenarios import load_scenario
    from xenotime.studies.policy import PolicySettings
    from xenotime.studies.policy import simulate as solve

    chosen = PolicySettings.read(settings, chain=load_scenario(scenario).chain, stage=stage, year=year)
    found = solve(
        store_at(store), scenario, settings=chosen, source=source, version=data_version, hs_version=hs_version
    )
    table, signs = found.to_frame(), found.signs()
    if json:
        print_json(
            {
                "scenario": scenario,
                "market": found.case.base.key,
                "nest": found.case.nest,
                "world_trade": dict(found.result.trade_change),
                "countries": rows(table),
                "signs": rows(signs),
                "assumptions": rows(found.case.base.assumptions),
                "adjustments": rows(found.case.base.adjustments),
            }
        )
        return
    typer.echo(str(found))
    print_table(table.head(countries).drop("consumer_surplus", "producer_surplus"), "The largest traders; thousand USD")
    print_table(signs, "Expected signs")
    print_table(found.case.base.assumptions, "What the market rests on")
