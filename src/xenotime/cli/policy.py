"""The verbs of policy: `simulate` one scenario, `compare` several, `study policy`."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xenotime.cli.asked import asks
from xenotime.cli.options import (
    ChainOption,
    HsVersionOption,
    JsonOption,
    OutOption,
    SettingsOption,
    SourceOption,
    StoreOption,
    VersionOption,
    require_place,
    store_at,
)
from xenotime.cli.output import print_json, print_table, rows
from xenotime.cli.studies import finish

if TYPE_CHECKING:
    import polars as pl

    from xenotime.studies.policy import PolicySettings, PolicyStudy

StageOption = Annotated[str | None, typer.Option("--stage", help="Stage of the market; default the scenario's own.")]
YearOption = Annotated[int | None, typer.Option("--year", help="Year of the base; default the scenario's own.")]
DrawsOption = Annotated[int | None, typer.Option("--draws", help="Draws of the elasticities; default 200.")]
#: Columns of a simulation beside its welfare.
PRICES = ("country", "exports_kusd", "imports_kusd", "price", "quantity", "composite_price")
SeedOption = Annotated[int | None, typer.Option("--seed", help="Seed of draws and partitions; default 1.")]


def simulate(
    scenario: Annotated[str, typer.Argument(help="A scenario of the library, or the path of its YAML file.")],
    store: StoreOption = None,
    stage: StageOption = None,
    year: YearOption = None,
    settings: SettingsOption = None,
    countries: Annotated[
        int, typer.Option("--countries", min=1, help="How many of the largest traders to print.")
    ] = 20,
    source: SourceOption = None,
    data_version: VersionOption = None,
    hs_version: HsVersionOption = None,
    json: JsonOption = False,
) -> None:
    """Solve one scenario's market at central elasticities: prices, quantities and welfare by country."""
    import polars as pl

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
                "notes": [*found.case.notes, *found.result.flags],
                "countries": rows(table),
                "signs": rows(signs),
                "assumptions": rows(found.case.base.assumptions),
                "adjustments": rows(found.case.base.adjustments),
            }
        )
        return
    typer.echo(str(found))
    largest = table.head(countries)
    print_table(
        largest.select(PRICES),
        "The largest traders: base trade in thousand USD; prices and output over base",
    )
    welfare = largest.select(pl.exclude(PRICES[1:]))
    print_table(welfare, "Their welfare, changes in thousand USD; net is the sum less subsidies")
    if len(signs):
        print_table(signs, "Expected signs")
    print_table(found.case.base.assumptions, "What the market rests on")
    if moved := len(found.case.base.adjustments):
        typer.echo(f"{moved} adjustments to flows; --json lists them.")


@dataclass(frozen=True)
class AskedPolicy:
    """Which scenarios, on which market of which store, under how many draws."""

    scenario: Annotated[
        list[str] | None, typer.Argument(help="Scenarios of the library or paths of YAML files; none for all.")
    ] = None
    store: StoreOption = None
    chain: ChainOption = None
    stage: StageOption = None
    year: YearOption = None
    draws: DrawsOption = None
    seed: SeedOption = None
    settings: SettingsOption = None
    source: SourceOption = None
    data_version: VersionOption = None
    hs_version: HsVersionOption = None

    def read(self) -> "PolicySettings":
        """Return the study's settings: the file's, then what was asked."""
        from xenotime.studies.policy import PolicySettings

        return PolicySettings.read(
            self.settings, chain=self.chain, stage=self.stage, year=self.year, draws=self.draws, seed=self.seed
        )

    def solve(self, settings: "PolicySettings") -> "PolicyStudy":
        """Run the policy study."""
        from xenotime.studies.policy import policy

        return policy(
            store_at(self.store),
            self.scenario or None,
            settings=settings,
            source=self.source,
            version=self.data_version,
            hs_version=self.hs_version,
        )


@asks
def compare(asked: AskedPolicy, json: JsonOption = False) -> None:
    """Set scenarios beside each other: world trade on three bases with its interval, concentration, welfare."""
    found = asked.solve(asked.read())
    if json:
        print_json({"comparison": rows(found.comparison), "left_out": rows(found.left_out)})
        return
    print_table(_effects(found.comparison), "Medians over draws of the elasticities, changes in %")
    print_table(
        _shape(found.comparison), "The network: concentration of exporters (change), regional or global, who carries"
    )
    for name, why in found.left_out.iter_rows():
        typer.echo(f"left out: {name}: {why}", err=True)


@asks
def study_policy(asked: AskedPolicy, out: OutOption = Path("out"), json: JsonOption = False) -> None:
    """What does a policy do to prices, trade, welfare and the shape of the trade network, and how sure is that?"""
    settings = asked.read()
    require_place(out, folder=True)
    finish(asked.solve(settings), out, json)


def _effects(table: "pl.DataFrame") -> "pl.DataFrame":
    """Return trade on three bases and welfare, in %, by scenario."""
    return table.sort("quantity", nulls_last=True).select(
        "scenario",
        "market",
        _percent("quantity"),
        _percent("quantity_low").alias("low"),
        _percent("quantity_high").alias("high"),
        _percent("producer_value"),
        _percent("border_value"),
        _percent("welfare"),
        "winner",
        "loser",
        _percent("failed"),
    )


def _shape(table: "pl.DataFrame") -> "pl.DataFrame":
    """Return concentration, regionalisation and mediation, by scenario."""
    import polars as pl

    return table.sort("quantity", nulls_last=True).select(
        "scenario", pl.col("export_hhi").round(3), "regionalisation", "mediation", "mediator"
    )


def _percent(name: str) -> "pl.Expr":
    import polars as pl

    return (pl.col(name) * 100).round(2)
