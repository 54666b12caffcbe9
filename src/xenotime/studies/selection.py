"""Which flows a study reads: one source, one version, one vintage of the Harmonized System, and what they cover."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from xenotime.reference import Chain
    from xenotime.store import Store


def one_vintage(
    store: "Store",
    chain: "Chain",
    staging: str | None,
    years: Sequence[int] | None,
    source: str | None,
    version: str | None,
    hs_version: str | None,
) -> tuple[pl.DataFrame, list[str]]:
    """Read a chain's flows in one vintage, and say what was done to get there.

    UN Comtrade gives each year "as reported", in the vintage of the day. Where years of one source and version lie in
    different vintages and none of the chain's headings changed between these, they are the same goods and are read as
    the oldest of the vintages. Anything else that does not match is refused by the store.

    Returns
    -------
    flows : polars.DataFrame
        Table ``flows``.
    remarks : list of str
        For the caveats.
    """
    held = store.pieces().filter(pl.col("table") == "flows")
    for column, wanted in (("source", source), ("version", version), ("hs_version", hs_version)):
        if wanted is not None:
            held = held.filter(pl.col(column) == wanted)
    if years is not None:
        held = held.filter(pl.col("year").is_in(list(years)))
    vintages = held["hs_version"].unique().to_list()
    kinds = held.select("source", "version").n_unique()
    same_goods = len({chain.vintage_codes(vintage, staging) for vintage in vintages}) == 1
    year_once = held.select("year", "hs_version").unique()["year"].is_unique().all()
    mix = len(vintages) > 1 and kinds == 1 and same_goods and year_once
    flows = store.flows(
        chain=chain, stages=staging, years=years, source=source, version=version, hs_version=hs_version, mix=mix
    )
    if not mix:
        return flows, []
    oldest = min(vintages, key=_begins)
    spans = ", ".join(
        f"{vintage} {first}–{last}"
        for vintage, first, last in held.group_by("hs_version")
        .agg(pl.col("year").min().alias("first"), pl.col("year").max().alias("last"))
        .sort("first")
        .iter_rows()
    )
    remark = f"Vintages {spans} are read as one ({oldest}): none of the headings used changed between them."
    return flows.with_columns(hs_version=pl.lit(oldest)), [remark]


def _begins(vintage: str) -> int:
    """Return the year a vintage begins: HS92 is 1992, HS02 is 2002."""
    number = int(vintage.removeprefix("HS"))
    return number + (1900 if number > 50 else 2000)


def stage_titles(chain: "Chain", staging: str | None, flows: pl.DataFrame) -> dict[str, str]:
    """Return each stage's goods in words; a stage of which only some headings are in the flows says which."""
    present = set(flows["hs6"].unique())
    (vintage,) = flows["hs_version"].unique()
    current = set(chain.vintage_codes(vintage, staging))
    titles = {}
    for stage in chain.staging(staging).stages:
        codes = {select.hs6 for select in stage.selects} & current
        here = sorted(codes & present)
        only = f" (only {', '.join(here)})" if here and len(here) < len(codes) else ""
        titles[stage.name] = stage.title + only
    return titles
