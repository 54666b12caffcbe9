"""What `communities` returns: who is in which community, how surely, and what became of each."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from xenotime.reference import country_names


@dataclass(frozen=True)
class Communities:
    """Communities of yearly trade networks, followed through the years.

    Attributes
    ----------
    members : polars.DataFrame
        `stage, year, country, community, value_kusd, stability`, one row a country that trades in that stage and year.
        `community` is the same number in every year; 0 is the largest by turnover over all years. `value_kusd` is the
        country's turnover (exports + imports) in the network searched, `stability` 0 to 1
        (`xenotime.networks.communities.stability`).
    tracks : polars.DataFrame
        `stage, community, name, first_year, last_year, years, value_kusd`: each community over its life. `name` is the
        country of greatest turnover in it over all years; a number follows where two would have the same name.
    yearly : polars.DataFrame
        `stage, year, communities, largest_share` (of turnover), `quality` (of the consensus), `best_quality` (of any
        run), `agreement` (mean adjusted Rand index of the runs with the consensus), `stability` (mean over countries,
        weighted by turnover).
    events : polars.DataFrame
        `stage, year, event, community, other, share, value_kusd`, as `xenotime.networks.communities.Event`, with the
        community's turnover in the year it begins, or in the last before its end.
    attrs : mapping
        `chain, sources, reconstructed, method, formula, paper, resolution, coupling, runs, noise, seed`.
    """

    members: pl.DataFrame
    tracks: pl.DataFrame
    yearly: pl.DataFrame
    events: pl.DataFrame
    attrs: Mapping[str, object]

    def groups(self) -> pl.DataFrame:
        """Return `stage, year, country, group`, as brokerage roles and regionalisation take groups of countries."""
        return self.members.join(self.tracks.select("stage", "community", "name"), on=["stage", "community"]).select(
            "stage", "year", "country", pl.col("name").alias("group")
        )

    def links(self) -> pl.DataFrame:
        """Return what an alluvial figure draws: how countries pass from community to community.

        Returns
        -------
        polars.DataFrame
            `stage, year, community, next_year, next_community, countries, value_kusd` (turnover in `year`),
            `next_value_kusd`: one row for each pair of communities that share countries in successive years. Null
            communities stand for countries that begin or cease to trade.
        """
        spans = self.members.select("stage", "year").unique().sort("stage", "year")
        spans = spans.with_columns(pl.col("year").shift(-1).over("stage").alias("next_year")).drop_nulls()
        now = self.members.select("stage", "year", "country", "community", "value_kusd")
        then = now.rename({"year": "next_year", "community": "next_community", "value_kusd": "next_value_kusd"})
        key = ["stage", "year", "next_year", "country"]
        both = now.join(spans, on=["stage", "year"]).join(
            then.join(spans, on=["stage", "next_year"]), on=key, how="full", coalesce=True
        )
        return (
            both.group_by("stage", "year", "community", "next_year", "next_community")
            .agg(
                pl.len().alias("countries"),
                pl.col("value_kusd").sum(),
                pl.col("next_value_kusd").sum(),
            )
            .sort("stage", "year", "community", "next_community", nulls_last=True)
        )

    def __str__(self) -> str:
        """One line a stage, then its largest communities in the last year."""
        names = country_names()
        lines = []
        for stage in self.yearly["stage"].unique(maintain_order=True):
            yearly = self.yearly.filter(pl.col("stage") == stage)
            years = yearly["year"].to_list()
            last = years[-1]
            usual = np.median(yearly["communities"].to_numpy())
            alike, sure = (yearly[name].to_numpy().mean() for name in ("agreement", "stability"))
            lines.append(
                f"{stage} {years[0]}–{last}: {usual:.0f} communities in the median year, "
                f"agreement of runs {alike:.2f}, stability {sure:.2f}"
            )
            there = self.members.filter(pl.col("stage") == stage, pl.col("year") == last)
            size = there.group_by("community").agg(pl.col("value_kusd").sum()).sort("value_kusd", descending=True)
            world = float(size["value_kusd"].sum())
            for community, value in size.head(6).iter_rows():
                held = there.filter(pl.col("community") == community).sort("value_kusd", descending=True)
                leaders = ", ".join(names.get(iso3, iso3) for iso3 in held["country"].head(6).to_list())
                more = f" and {len(held) - 6} more" if len(held) > 6 else ""
                share = value / world
                lines.append(f"  {last} {share:4.0%}  {leaders}{more}")
        return "\n".join(lines)
