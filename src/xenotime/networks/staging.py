"""Give every flow its stage of the chain, exactly: a flow the staging names twice, or a table that counts the same
goods twice, is an error; codes that the staging leaves out are left out and counted."""

from collections.abc import Sequence
from typing import Any, Protocol

import polars as pl

from xenotime.core import InputError, SchemaError
from xenotime.schema import TABLES

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


def resolve(chain: "str | ChainLike") -> ChainLike:
    """Return the chain itself; a name is looked up in `xenotime.reference`."""
    if isinstance(chain, str):
        from xenotime import reference

        found: ChainLike = reference.chain(chain)
        return found
    return chain


def checked(flows: pl.DataFrame) -> pl.DataFrame:
    """Return `flows` if they can be summed: all columns there, values finite and not negative.

    Raises
    ------
    SchemaError
        Naming the missing column, or the first row at fault.
    """
    wanted = TABLES["flows"].columns
    missing = [name for name in wanted if name not in flows.columns]
    if missing:
        raise SchemaError(
            f"flows lack the columns {', '.join(missing)}",
            where="networks.build",
            remedy="take flows from Store.flows(), or give the columns of xenotime.schema.TABLES['flows']",
        )
    value, mass = pl.col("value_kusd"), pl.col("quantity_t")
    bad = flows.filter(
        value.is_null()
        | value.is_nan()
        | value.is_infinite()
        | (value < 0)
        | mass.is_nan()
        | mass.is_infinite()
        | (mass < 0)
    )
    if not bad.is_empty():
        first = bad.row(0, named=True)
        raise SchemaError(
            f"value_kusd {first['value_kusd']}, quantity_t {first['quantity_t']}: both must be finite and not negative "
            f"(mass null where unknown); {bad.height} such rows",
            where=f"flow {first['exporter']}→{first['importer']} of {first['hs6']} in {first['year']}",
            remedy="mend the row, or let `xenotime ingest` set it aside",
        )
    return flows


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
