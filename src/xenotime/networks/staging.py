"""Give every flow its stage of the chain, exactly: a flow the staging names twice, or a table that counts the same
goods twice, is an error; codes that the staging leaves out are left out and counted."""

from collections.abc import Sequence
from typing import Any, Protocol

import polars as pl

from xenotime.core import InputError, SchemaError
from xenotime.reference import country_names
from xenotime.schema import TABLES, check

KEY = ("year", "exporter", "importer", "hs6")


class ChainLike(Protocol):
    """What `build` asks of a chain; `xenotime.reference.Chain` has it."""

    @property
    def name(self) -> str:
        """Short name, e.g. ``rare_earths``."""
        ...

    def staging(self, name: str | None = None) -> Any:
        """Return a staging (its `name` and `warnings`) by name, or the default one."""
        ...

    def selects(self, staging: str | None = None) -> pl.DataFrame:
        """Which flows belong to which stage: hs6, stage, exporters, except_exporters, year_from, year_to."""
        ...

    def stage_names(self, staging: str | None = None) -> Sequence[str]:
        """Stages in the order of the chain."""
        ...


def resolve(chain: "str | ChainLike | None") -> ChainLike:
    """Return the chain itself; a name is looked up in `xenotime.reference`."""
    if isinstance(chain, str):
        from xenotime import reference

        found: ChainLike = reference.chain(chain)
        return found
    if chain is None:
        raise InputError("no chain is named", where="networks.build", remedy="give one, e.g. chain='rare_earths'")
    return chain


def checked(flows: pl.DataFrame) -> pl.DataFrame:
    """Return `flows` if they can be summed: a frame in the schema of table ``flows``, of countries that exist.

    Raises
    ------
    InputError
        It is no polars frame.
    SchemaError
        Naming the missing column, the first row at fault, or the codes that are no country.
    """
    if not isinstance(flows, pl.DataFrame):
        raise InputError(
            f"flows are a {type(flows).__name__}, not a polars DataFrame",
            where="networks.build",
            remedy="take them from Store.flows(); a LazyFrame wants .collect(), a pandas frame polars.from_pandas",
        )
    wanted = TABLES["flows"].columns
    missing = [name for name in wanted if name not in flows.columns]
    if missing:
        raise SchemaError(
            f"flows lack the columns {', '.join(missing)}",
            where="networks.build",
            remedy="take flows from Store.flows(), or give the columns of xenotime.schema.TABLES['flows']",
        )
    try:
        typed = flows.select(list(wanted)).cast(pl.Schema(TABLES["flows"].dtypes))  # years as Int64 are years too
    except pl.exceptions.PolarsError:
        typed = flows.select(list(wanted))
    check(typed, "flows", where="networks.build, flows")
    known = country_names()
    labels = set(typed["exporter"].unique()) | set(typed["importer"].unique())
    odd = sorted(label for label in labels if label not in known)
    if odd:
        raise SchemaError(
            f"not ISO 3166 alpha-3 codes: {', '.join(odd[:12])}",
            where="networks.build, flows",
            remedy="map countries with xenotime.reference.to_iso3, or drop what is not a country",
        )
    return typed


def assign_stages(flows: pl.DataFrame, chain: ChainLike, staging: str | None) -> pl.DataFrame:
    """Return the flows that the staging selects, with a column `stage`.

    Raises
    ------
    InputError
        When the staging puts a flow in two stages, or a flow stands twice in the table (two sources, two vintages).
    """
    selects = chain.selects(staging).select(
        "hs6", "stage", "exporters", "except_exporters", pl.col("year_from", "year_to").cast(pl.Int32)
    )
    exporter, year = pl.col("exporter"), pl.col("year")
    staged = (
        flows.join(selects, on="hs6", how="inner")
        .filter(
            pl.col("exporters").is_null() | pl.col("exporters").list.contains(exporter),
            pl.col("except_exporters").is_null() | ~pl.col("except_exporters").list.contains(exporter),
            pl.col("year_from").is_null() | (year >= pl.col("year_from")),
            pl.col("year_to").is_null() | (year <= pl.col("year_to")),
        )
        .drop("exporters", "except_exporters", "year_from", "year_to")
    )
    vintages = staged["hs_version"].unique().sort().to_list()
    if len(vintages) > 1:
        raise InputError(
            f"flows of the vintages {', '.join(vintages)} in one cube",
            where="networks.build",
            remedy="a study lives in one vintage (convention 2): ask the store for one, hs_version=...",
        )
    twice = staged.filter(staged.select(KEY).is_duplicated())
    if not twice.is_empty():
        first = twice.row(0, named=True)
        same = twice.filter([pl.col(name) == first[name] for name in KEY])
        origins = sorted({f"{row['source']} {row['source_version']}" for row in same.iter_rows(named=True)})
        if same["stage"].n_unique() > 1:
            what = f"the staging puts one flow into the stages {', '.join(same['stage'].unique().sort())}"
            remedy = "mend the chain's YAML: a code, exporter and year belong to one stage at most"
        else:
            what = f"one flow stands {same.height} times (from {', '.join(origins)}); it would be counted twice"
            remedy = "choose one source and version: store.flows(source=..., version=...)"
        raise InputError(
            f"{what}; {twice.height} such rows",
            where=f"{first['exporter']}→{first['importer']}, {first['hs6']}, {first['year']}",
            remedy=remedy,
        )
    return staged
