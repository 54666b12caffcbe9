"""The tables, on one page: each column with its dtype, unit and rule. Units stand in the column names (convention 3).

The store keeps the columns that are constant within a file (`hs_version`, `source`, `source_version`, `absence`) in
its manifest and puts them back on reading; a reader always sees the whole table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

#: What an absent pair of countries means in a table of flows (convention 7).
ABSENCE: Mapping[str, str] = {
    "zero": "the table is complete: an absent pair traded nothing",
    "cut": "an extract: an absent pair traded little, below the stated cut",
    "reported": "zero where either side reports that year, missing where neither does",
    "missing": "nothing is known about an absent pair",
}

#: How the value of a flow was made.
QUALITY: Mapping[str, str] = {
    "published": "as the source publishes it",
    "both": "reconciled from the importer's and the exporter's report",
    "importer": "the importer's report alone",
    "exporter": "the exporter's report alone",
    "reconstructed": "simulated from facts, never observed",
}

#: The four classes of events between countries, in the order of GDELT's QuadClass 1 to 4.
QUADS = ("verbal cooperation", "material cooperation", "verbal conflict", "material conflict")

#: What table ``relations`` can hold of a pair of countries in a year, and the unit of its value.
RELATIONS: Mapping[str, str] = {
    "defence_pact": "1 = actor is bound to defend target",
    "offence_pact": "1 = actor is bound to join target in attack",
    "neutrality_pact": "1 = actor is bound to stay neutral towards target",
    "nonaggression_pact": "1 = actor is bound not to attack target",
    "consultation_pact": "1 = actor is bound to consult target in a crisis",
    "dispute": "1 = in a militarised dispute, on opposite sides",
    "dispute_hostility": "highest hostility actor showed target, 1 (none) to 5 (war)",
    "contiguity": "1 (land border) to 5 (within 400 miles of water), as the Correlates of War code it",
    "rivalry": "1 = strategic rivals",
    "trade_agreement": "1 = both in a regional trade agreement in force",
    "sanction": "1 = actor holds sanctions against target",
    "vote_agreement": "Cohen's kappa of their votes in the UN General Assembly, -1 to 1",
}

#: What table ``country_indices`` can hold of a country (or of the world) in a year.
INDICES: Mapping[str, str] = {
    "ideal_point": "position in votes of the UN General Assembly, standard deviations, higher = nearer the West",
    "gpr": "geopolitical risk in newspapers; of the world 100 = mean of 1985-2019, of a country per cent of articles",
}

ISO3 = r"^[A-Z]{3}$"
HS6 = r"^[0-9]{6}$"
#: Chapters of products in the Harmonized System: 01 to 97 without 77, which is kept free. 98 and 99 are for national
#: use: "commodities not specified" (999999) is no product.
HS_CHAPTERS = frozenset(f"{number:02d}" for number in range(1, 98) if number != 77)
#: Most that one flow of one product in a year can be worth, in thousand current USD: a trillion dollars, five times the
#: largest there is. What lies above is a wrong unit or a damaged number.
MOST_KUSD = 1e9
#: Most that one flow can weigh, in tonnes: ten times Australia's iron ore to China.
MOST_TONNES = 1e10


@dataclass(frozen=True)
class Column:
    """One column: dtype, unit, meaning, and the rules its values obey.

    Attributes
    ----------
    low, high : float, optional
        Inclusive bounds.
    pattern : str, optional
        Regular expression for strings.
    among : tuple of str, optional
        The only values allowed.
    """

    dtype: Any
    doc: str
    unit: str = ""
    nullable: bool = False
    low: float | None = None
    high: float | None = None
    pattern: str | None = None
    among: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Table:
    """A long table: its columns, and the columns that together name a row once."""

    doc: str
    columns: Mapping[str, Column]
    key: tuple[str, ...]

    @property
    def dtypes(self) -> dict[str, Any]:
        """Column name to polars dtype."""
        return {name: column.dtype for name, column in self.columns.items()}


def _year(**rules: Any) -> Column:
    return Column(pl.Int16, "calendar year", low=1900, high=2100, **rules)


def _country(doc: str) -> Column:
    return Column(pl.String, f"{doc}, ISO 3166 alpha-3", pattern=ISO3)


_SOURCE = {
    "source": Column(pl.String, "name of the source, as in `xenotime sources`"),
    "source_version": Column(pl.String, "the producer's version or edition"),
}
_HS = {
    "hs6": Column(pl.String, "product, six digits, zero-padded", pattern=HS6),
    "hs_version": Column(pl.String, "vintage of the Harmonized System, e.g. HS92", pattern=r"^HS[0-9]{2}$"),
}

TABLES: Mapping[str, Table] = {
    "flows": Table(
        "Goods from exporter to importer in a year, one product a row",
        {
            "year": _year(),
            "exporter": _country("country the goods leave"),
            "importer": _country("country the goods enter"),
            **_HS,
            "value_kusd": Column(pl.Float64, "value of the flow", "thousand current USD", low=0, high=MOST_KUSD),
            "quantity_t": Column(
                pl.Float64, "mass of the flow", "metric tonnes", nullable=True, low=0, high=MOST_TONNES
            ),
            "quality": Column(pl.String, "how the value was made", among=tuple(QUALITY)),
            "absence": Column(pl.String, "what an absent pair means", among=tuple(ABSENCE)),
            **_SOURCE,
        },
        ("year", "exporter", "importer", "hs6", "hs_version", "source", "source_version"),
    ),
    "reports": Table(
        "One side's customs report of a flow, before reconciliation",
        {
            "year": _year(),
            "reporter": _country("country that reports"),
            "partner": _country("country reported on"),
            "flow": Column(pl.String, "direction seen from the reporter", among=("import", "export")),
            **_HS,
            "value_kusd": Column(
                pl.Float64, "reported value, imports CIF, exports FOB", "thousand current USD", low=0, high=MOST_KUSD
            ),
            "quantity_t": Column(
                pl.Float64, "reported net weight", "metric tonnes", nullable=True, low=0, high=MOST_TONNES
            ),
            **_SOURCE,
        },
        ("year", "reporter", "partner", "flow", "hs6", "hs_version", "source", "source_version"),
    ),
    "production": Table(
        "Output of a commodity at a stage by country and year; editions kept apart, since producers revise",
        {
            "year": _year(),
            "country": _country("producer"),
            "commodity": Column(pl.String, "e.g. rare_earths, cobalt"),
            "stage": Column(pl.String, "e.g. mine, refinery, reserves"),
            "quantity_t": Column(pl.Float64, "output (or reserves)", "metric tonnes of `basis`", low=0),
            "basis": Column(pl.String, "what the tonnes measure: REO content, metal content, gross weight"),
            "estimated": Column(pl.Boolean, "marked as an estimate by the producer of the figure"),
            **_SOURCE,
        },
        ("year", "country", "commodity", "stage", "basis", "source", "source_version"),
    ),
    "country_year": Table(
        "Size of countries by year",
        {
            "year": _year(),
            "country": _country("country"),
            "gdp_usd": Column(pl.Float64, "gross domestic product", "current USD", nullable=True, low=0),
            "population": Column(pl.Float64, "mid-year population", "persons", nullable=True, low=0),
            **_SOURCE,
        },
        ("year", "country", "source", "source_version"),
    ),
    "dyads": Table(
        "What stands between two countries; year is empty where it holds for every year",
        {
            "year": _year(nullable=True),
            "exporter": _country("origin"),
            "importer": _country("destination"),
            "distance_km": Column(pl.Float64, "population-weighted distance", "km", nullable=True, low=0),
            "distance_capitals_km": Column(pl.Float64, "distance between capitals", "km", nullable=True, low=0),
            "contiguous": Column(pl.Boolean, "share a border", nullable=True),
            "common_language": Column(pl.Boolean, "share an official language", nullable=True),
            "colonial_tie": Column(pl.Boolean, "were ever in a colonial relationship", nullable=True),
            "trade_agreement": Column(pl.Boolean, "both in a regional trade agreement", nullable=True),
            **_SOURCE,
        },
        ("year", "exporter", "importer", "source", "source_version"),
    ),
    "dyad_year": Table(
        "How two countries stand to each other in a year: indices of cooperation and conflict",
        {
            "year": _year(),
            "exporter": _country("origin, or the acting country where the index has a direction"),
            "importer": _country("destination, or the country acted on"),
            "cooperation": Column(pl.Float64, "index of cooperation; its scale is the source's", nullable=True),
            "conflict": Column(pl.Float64, "index of conflict; its scale is the source's", nullable=True),
            "events": Column(pl.Float64, "all events between them, as a measure of salience", nullable=True, low=0),
            **_SOURCE,
        },
        ("year", "exporter", "importer", "source", "source_version"),
    ),
    "event_counts": Table(
        "Events of one country towards another, counted by year and kind of event",
        {
            "year": _year(),
            "actor": _country("country that acts"),
            "target": _country("country acted on"),
            "code": Column(pl.String, "kind of event: CAMEO code, or PLOVER type, or type/mode", pattern=r"^\S.*$"),
            "quad": Column(pl.String, "class of the event", among=QUADS),
            "events": Column(pl.Int64, "how many", "events", low=1),
            "intensity_sum": Column(
                pl.Float64, "sum of the events' intensity (Goldstein's scale, -10 to 10 each)", "Goldstein points"
            ),
            **_SOURCE,
        },
        ("year", "actor", "target", "code", "quad", "source", "source_version"),
    ),
    "event_days": Table(
        "How much of a year a source of events observed: counts grow with the media and end with gaps",
        {
            "year": _year(),
            "days": Column(pl.Int32, "days with at least one event", "days", low=1, high=366),
            "read": Column(pl.Int64, "events read, those between countries or not", "events", low=0),
            "counted": Column(pl.Int64, "events between two known countries", "events", low=0),
            **_SOURCE,
        },
        ("year", "source", "source_version"),
    ),
    "relations": Table(
        "Treaties, disputes, borders, votes: what binds or parts two countries in a year, each pair in both directions "
        "where it has none; a pair that is not listed in a year the source covers has 0",
        {
            "year": _year(),
            "actor": _country("one country; the one that acts where the relation has a direction"),
            "target": _country("the other"),
            "relation": Column(pl.String, "which", among=tuple(RELATIONS)),
            "value": Column(pl.Float64, "as `RELATIONS` says"),
            **_SOURCE,
        },
        ("year", "actor", "target", "relation", "source", "source_version"),
    ),
    "country_indices": Table(
        "Positions and risks of countries by year; country is empty where the index is the world's",
        {
            "year": _year(),
            "country": Column(pl.String, "country, ISO 3166 alpha-3", nullable=True, pattern=ISO3),
            "index": Column(pl.String, "which", among=tuple(INDICES)),
            "value": Column(pl.Float64, "as `INDICES` says"),
            **_SOURCE,
        },
        ("year", "country", "index", "source", "source_version"),
    ),
    "tariffs": Table(
        "Import duties; exporter is empty where the rate holds for all, hs6 where it holds for all goods",
        {
            "year": _year(),
            "importer": _country("country that levies the duty"),
            "exporter": Column(pl.String, "country it falls on, ISO 3166 alpha-3", nullable=True, pattern=ISO3),
            "hs6": Column(pl.String, "product, six digits, zero-padded", nullable=True, pattern=HS6),
            "rate": Column(pl.Float64, "duty over customs value", "fraction", low=0, high=20),
            "kind": Column(
                pl.String,
                "which duty: what is paid, or that of most-favoured nations; of a line, or a trade-weighted mean",
                among=("applied", "mfn", "applied_weighted_mean", "mfn_weighted_mean"),
            ),
            **_SOURCE,
        },
        ("year", "importer", "exporter", "hs6", "kind", "source", "source_version"),
    ),
    "quarantine": Table(
        "Rows set aside on ingest: where they stood, what was wrong, what to do; nothing is lost in silence",
        {
            "file": Column(pl.String, "file the row stood in"),
            "row": Column(pl.Int64, "line in that file, the header being 1", nullable=True, low=1),
            "column": Column(pl.String, "column at fault"),
            "value": Column(pl.String, "the value as it stood", nullable=True),
            "reason": Column(pl.String, "what is wrong"),
            "remedy": Column(pl.String, "what to do about it"),
            "raw": Column(pl.String, "the whole row, as JSON"),
            "value_kusd": Column(
                pl.Float64, "what the row says was traded, where it can be read", "thousand current USD", nullable=True
            ),
            **_SOURCE,
        },
        ("file", "row", "column", "reason", "raw"),
    ),
}


def empty(table: str) -> pl.DataFrame:
    """Return the table without rows, in its schema."""
    return pl.DataFrame(schema=TABLES[table].dtypes)
