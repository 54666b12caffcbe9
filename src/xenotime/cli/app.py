"""The verbs. Each one is thin: heavy imports live inside, so that ``--help`` answers at once."""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from xenotime.cli import data as data_verbs
from xenotime.cli import policy as policy_verbs
from xenotime.cli.asked import AskedFlows, AskedTies, asks, two_years_of
from xenotime.cli.estimate import estimate
from xenotime.cli.options import JsonOption, NamedSettingsOption, OutOption, SettingsOption, require_place
from xenotime.cli.output import plain_warnings, print_json, print_table, rows
from xenotime.cli.scenarios import scenarios
from xenotime.cli.studies import answer
from xenotime.cli.terms import terms
from xenotime.core import InputError, XenotimeError
from xenotime.core.version import __version__

app = typer.Typer(
    name="xenotime",
    no_args_is_help=True,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
study = typer.Typer(help="Answer a question and write a report; alone, it is `study trade`.", rich_markup_mode=None)
app.add_typer(study, name="study")
for verb in (data_verbs.sources, data_verbs.fetch, data_verbs.ingest, data_verbs.doctor):
    app.command()(verb)
app.command()(terms)
app.command()(estimate)
app.command()(scenarios)
app.command()(policy_verbs.simulate)
app.command()(policy_verbs.compare)
study.command("policy")(policy_verbs.study_policy)


@app.command()
@asks
def build(
    asked: AskedFlows,
    out: Annotated[Path, typer.Argument(help="File to write the cube to (netCDF).")] = Path("networks.nc"),
    json: JsonOption = False,
) -> None:
    """Build the yearly trade networks by stage and write them as one labelled cube."""
    from xenotime.networks import summary
    from xenotime.studies import trade
    from xenotime.studies.saved import write_cube

    if out.suffix != ".nc":
        raise InputError(f"{out} would be netCDF under another name", remedy="give a file name that ends in .nc")
    require_place(out, folder=False)
    keywords = asked.keywords()
    result = trade(asked.open(), **keywords)
    write_cube(result.trade, out)
    table = summary(result.trade)
    if json:
        print_json({"file": str(out), "networks": rows(table)})
    else:
        print_table(table, f"{result.title}, by stage and year")
        typer.echo(f"written: {out}")


@app.command()
@asks
def indicators(
    asked: AskedTies,
    indicator: Annotated[list[str] | None, typer.Argument(help="Names; none for all. `--list` shows them.")] = None,
    known: Annotated[bool, typer.Option("--list", help="List the indicators there are.")] = False,
    country: Annotated[list[str] | None, typer.Option("--country", help="ISO3; repeatable.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write the table: .csv or .parquet.")] = None,
    json: JsonOption = False,
) -> None:
    """Print or save indicators of the networks, by stage, year and country."""
    from xenotime.cli.indicators import catalogue, described, print_head, select, write

    if out is not None:
        require_place(out, folder=False)
    if known:
        table = catalogue()
    else:
        from xenotime.studies import trade

        keywords = asked.keywords()
        result = trade(asked.open(), **keywords)
        table = described(select(result.indicators, indicator or [], country or []), result)
    if out is not None:
        write(table, out)
        typer.echo(f"written: {out}", err=True)
    if json:
        print_json(rows(table))
    elif known:
        print_table(table)
    elif out is None:
        print_head(table)


@study.command("trade")
@asks
def study_trade(
    asked: AskedTies, settings: SettingsOption = None, out: OutOption = Path("out"), json: JsonOption = False
) -> None:
    """Who trades the mineral with whom, stage by stage, and how concentrated is it?"""
    from xenotime import studies

    answer(studies.trade, asked, studies.TradeSettings.read(settings), out, json)


@study.command("shape")
@asks
def study_shape(
    asked: AskedTies,
    between: Annotated[
        str | None, typer.Option("--between", help="Two years to compare, 2010-2022; else the first and the last.")
    ] = None,
    scenario: Annotated[
        str | None, typer.Option("--scenario", help="Compare a policy scenario with its base instead of two years.")
    ] = None,
    settings: SettingsOption = None,
    out: OutOption = Path("out"),
    json: JsonOption = False,
) -> None:
    """Who trades within which bloc, who stands between whom, and what breaks if a link goes?"""
    from xenotime import studies

    pair = None if between is None else two_years_of(between)
    answer(studies.shape, asked, studies.ShapeSettings.read(settings, between=pair, scenario=scenario), out, json)


@study.command("alliances")
@asks
def study_alliances(
    asked: AskedTies, settings: NamedSettingsOption = None, out: OutOption = Path("out"), json: JsonOption = False
) -> None:
    """How much do cooperation and conflict make and break trade ties, at which stage, and how fast?"""
    from xenotime import studies

    answer(studies.alliances, asked, studies.AlliancesSettings.read(settings), out, json)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="Folder that `xenotime study --out` wrote.")] = Path("out"),
    out: Annotated[Path | None, typer.Option("--out", help="The HTML file; default report.html in the folder.")] = None,
    figures: Annotated[
        list[str] | None, typer.Option("--figures", help="Save each figure too: svg, pdf or png. Repeatable.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Write the report of a saved study again, or save its figures one by one."""
    from xenotime import report as reporting
    from xenotime import studies

    require_place(out or folder / "report.html", folder=False)
    result = studies.load(folder)
    page = reporting.write(result, out or folder / "report.html")
    saved = reporting.save_figures(result, folder / "figures", figures) if figures else []
    if json:
        print_json({"report": str(page), "figures": [str(path) for path in saved]})
    else:
        for path in (page, *saved):
            typer.echo(f"written: {path}")


@app.callback()
def version(
    show: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    """Who can get critical minerals, from mine to magnet: networks of trade, indicators, reports."""
    if show:
        typer.echo(__version__)
        raise typer.Exit


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line. Exit 0 done, 1 it failed, 2 you asked wrongly."""
    asked = sys.argv[1:] if arguments is None else arguments
    if asked[:1] == ["study"] and (len(asked) == 1 or (asked[1].startswith("-") and asked[1] != "--help")):
        asked = ["study", "trade", *asked[1:]]
    plain_warnings()
    try:
        app(asked, prog_name="xenotime")
    except XenotimeError as problem:
        print(f"Error: {problem}", file=sys.stderr)
        sys.exit(problem.exit_code)
    except OSError as problem:
        print(f"Error: {problem.filename or 'a file'}: {problem.strerror}", file=sys.stderr)
        print("Remedy: check the path, its disk and your rights; nothing partial was left", file=sys.stderr)
        sys.exit(1)
    sys.exit(0)
