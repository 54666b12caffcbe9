"""The verbs that bring data in: sources, fetch, ingest, doctor."""

from pathlib import Path
from typing import Annotated, Any

import typer

from xenotime.cli.options import ChainOption, JsonOption, StoreOption, default_store, pairs_of, years_of
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


def ingest() -> None:
    """Placeholder until pipeline.ingest lands."""
    raise NotImplementedError


__all__ = ["ChainOption", "default_store", "doctor", "fetch", "ingest", "sources", "years_of"]
