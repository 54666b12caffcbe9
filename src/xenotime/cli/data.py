"""The verbs that bring data in: sources, fetch, ingest, doctor."""

from pathlib import Path
from typing import Annotated, Any

import typer

from xenotime.cli.options import (
    JsonOption,
    SchedulerOption,
    StoreOption,
    WorkersOption,
    WorkOption,
    YearsOption,
    pairs_of,
    years_of,
)
from xenotime.cli.output import print_json, print_table


def sources(
    name: Annotated[str | None, typer.Argument(help="One source, with its citation.")] = None,
    json: JsonOption = False,
) -> None:
    """List the data sources: producer, licence, what they yield, how to cite them."""
    import polars as pl

    from xenotime.sources import SOURCES, source_named

    infos = [source_named(name).INFO] if name else [source.INFO for source in SOURCES.values()]
    if json:
        from dataclasses import asdict

        print_json([asdict(info) for info in infos])
    elif name:
        for field in ("title", "producer", "licence", "url", "citation", "absence"):
            typer.echo(f"{field:9} {getattr(infos[0], field)}")
    else:
        print_table(
            pl.DataFrame(
                [
                    {"source": i.name, "title": i.title, "yields": ", ".join(i.tables), "licence": i.licence}
                    for i in infos
                ]
            )
        )


def fetch(
    source: Annotated[str, typer.Argument(help="A name from `xenotime sources`.")],
    folder: Annotated[Path, typer.Option("--to", help="Folder for the raw files.")] = Path("raw"),
    option: Annotated[
        list[str] | None, typer.Option("--option", "-o", help="Of the source: name=value. Repeatable.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Download a source's raw files: checksummed, resumable, with retries."""
    from xenotime.sources import source_named

    options: dict[str, Any] = dict(pairs_of(option, "--option"))
    files = source_named(source).fetch(folder, **options)
    if json:
        print_json({"files": [str(file) for file in files]})
    else:
        for file in files:
            typer.echo(f"fetched: {file}")


def doctor(store: StoreOption = None, json: JsonOption = False) -> None:
    """Say what is installed, what data is there, what is missing and how to get it."""
    import polars as pl

    from xenotime.pipeline import doctor as examine

    findings = examine(store)
    if json:
        print_json([finding.to_dict() for finding in findings])
    else:
        print_table(pl.DataFrame([finding.to_dict() for finding in findings]))
    if any(finding.state == "broken" for finding in findings):
        raise typer.Exit(1)


def ingest(
    files: Annotated[
        list[Path], typer.Argument(help="Files to read; for BACI also the zip or the folder of its CSVs.")
    ],
    source: Annotated[str | None, typer.Option("--source", help="A name from `xenotime sources`.")] = None,
    mapping: Annotated[
        str | None, typer.Option("--mapping", help="For a table of your own: a ready mapping's name, or a YAML file.")
    ] = None,
    columns: Annotated[
        list[str] | None, typer.Option("--map", help="FIELD=COLUMN of the file, e.g. exporter=i. Repeatable.")
    ] = None,
    constants: Annotated[
        list[str] | None, typer.Option("--set", help="FIELD=VALUE for a field without a column. Repeatable.")
    ] = None,
    value_unit: Annotated[str | None, typer.Option("--value-unit", help="usd, kusd or musd.")] = None,
    quantity_unit: Annotated[str | None, typer.Option("--quantity-unit", help="kg, t or kt.")] = None,
    country_scheme: Annotated[
        str | None, typer.Option("--country-scheme", help="iso3, iso2, m49, baci, comtrade, name or cow.")
    ] = None,
    hs_version: Annotated[str | None, typer.Option("--hs-version", help="Vintage of the HS codes, e.g. HS17.")] = None,
    version: Annotated[str | None, typer.Option("--version", help="Edition of the data, e.g. V202601.")] = None,
    absence: Annotated[
        str | None, typer.Option("--absence", help="What an absent pair means: zero, cut, reported or missing.")
    ] = None,
    cut_note: Annotated[str | None, typer.Option("--cut-note", help="With --absence cut: what was cut off.")] = None,
    chain: Annotated[str | None, typer.Option("--chain", help="Keep only the products of this chain.")] = None,
    hs: Annotated[list[str] | None, typer.Option("--hs", help="Keep only this six-digit code. Repeatable.")] = None,
    years: YearsOption = None,
    work: WorkOption = None,
    scheduler: SchedulerOption = None,
    workers: WorkersOption = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first bad row instead of setting it aside.")
    ] = False,
    store: Annotated[Path, typer.Option("--store", envvar="XENOTIME_STORE", help="Folder of the store.")] = Path(
        "data"
    ),
    json: JsonOption = False,
) -> None:
    """Bring files into the store: all of them or nothing; bad rows are set aside and counted.

    Customs reports (UN Comtrade) are reconciled into one flow a pair, out of all the reports in the store, in the same
    transaction.
    """
    from xenotime.pipeline import ingest as bring_in

    units = {"value": value_unit, "quantity": quantity_unit}
    result = bring_in(
        store,
        files,
        source,
        mapping=mapping,
        years=years_of(years),
        chain=chain,
        hs=hs,
        on_error="stop" if strict else "quarantine",
        columns=pairs_of(columns, "--map") or None,
        constants=pairs_of(constants, "--set") or None,
        units={field: unit for field, unit in units.items() if unit} or None,
        country_scheme=country_scheme,
        hs_version=hs_version,
        version=version,
        absence=absence,
        absence_note=cut_note,
        work=work,
        scheduler=scheduler,
        workers=workers,
    )
    flows = result.reconciled
    if json:
        print_json({**flows.to_dict(), "ingested": result.to_dict()} if flows else result.to_dict())
    else:
        typer.echo(f"{result}\n\n{flows}" if flows else str(result))
