"""The tables of the shape study's page, by chapter; each reads one table of the study."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from xenotime.networks import REGION_MEASURES
from xenotime.report import numbers
from xenotime.report.shape import before_after
from xenotime.report.tables import Cell, Header, Table, figure, first_middle_last, millions, words
from xenotime.studies import ShapeStudy
from xenotime.studies.shape.story import sizes, told
from xenotime.studies.shape.words import EXPLAINS

TOP = 12
MEMBERS = 25
GROUPINGS = {"region": "Continents", "bloc": "Blocs", "community": "Communities"}


def _share(value: float | None, decimals: int = 1) -> Cell:
    return figure(None if value is None else 100 * value, decimals)


def _headers(*names: str) -> tuple[tuple[Header, ...], ...]:
    """Return one row of headers; a name that begins with an asterisk is of words."""
    return (tuple(Header(name.removeprefix("*"), number=not name.startswith("*")) for name in names),)


def _country(iso3: str | None) -> Cell:
    return words(numbers.name(iso3) if iso3 else "–")


def _title(study: ShapeStudy, stage: str, what: str) -> str:
    return f"{what}, {numbers.stage_title(stage).lower()}" if len(study.stages) > 1 else what


def of_chapters(study: ShapeStudy) -> dict[str, list[Table]]:
    """Return the tables of each chapter that has any, stage by stage."""
    makers: Mapping[str, Sequence[Callable[[ShapeStudy, str], Table | None]]] = {
        "communities": (members, events, certainty),
        "regions": (regions, trends),
        "mediation": (carriers,),
        "chokepoints": (chokepoints,),
        "attack": (robustness,),
        "crisis": (crisis,),
        "links": (links, core),
        "regression": (regression,),
        "changes": (before_after.world, before_after.countries),
    }
    return {
        chapter: [table for stage in study.stages for make in makes if (table := make(study, stage))]
        for chapter, makes in makers.items()
    }


def _rows(frame: pl.DataFrame, make: Callable[[Mapping[str, Any]], Iterable[Cell]]) -> tuple[tuple[Cell, ...], ...]:
    return tuple(tuple(make(row)) for row in frame.iter_rows(named=True))


def members(study: ShapeStudy, stage: str) -> Table:
    """Return the largest countries of the last year with their community and how surely they belong to it."""
    held = study.communities.members.filter(pl.col("stage") == stage)
    year = max(held["year"].to_list())
    now = held.filter(pl.col("year") == year).with_columns(share=pl.col("value_kusd") / pl.col("value_kusd").sum())
    leader = dict(
        sizes(study.communities, stage).filter(pl.col("year") == year).select("community", "leaders").iter_rows()
    )
    shown = now.sort(["share", "country"], descending=[True, False]).head(MEMBERS)
    rows = _rows(
        shown,
        lambda row: (
            _country(row["country"]),
            _country(leader[row["community"]][0]),
            millions(row["value_kusd"]),
            _share(row["share"]),
            figure(row["stability"], 2),
        ),
    )
    return Table(
        _title(study, stage, f"The largest traders and their communities in {year}"),
        _headers("*Country", "*Community of", "Turnover, US$ million", "Share of turnover, %", "Stability, 0–1"),
        rows,
    )


def events(study: ShapeStudy, stage: str) -> Table | None:
    """Return what became of the larger communities."""
    found = told(study.communities, sizes(study.communities, stage), stage)
    if found.is_empty():
        return None
    tracks = study.communities.tracks.filter(pl.col("stage") == stage)
    label = dict(tracks.select("community", "name").iter_rows())

    def community(number: int | None) -> Cell:
        iso3, _, again = label.get(number, "").partition(" ")
        return words((numbers.name(iso3) + (f" ({again})" if again else "")) if iso3 else "–")

    return Table(
        _title(study, stage, "Births, merges and splits of communities of 2 % of turnover or more"),
        _headers(
            "Year", "*Event", "*Community of", "*Out of, or into, that of", "Share of it, %", "Its size, % of turnover"
        ),
        _rows(
            found.sort("year"),
            lambda row: (
                Cell(str(row["year"])),
                words(row["event"]),
                community(row["community"]),
                community(row["other"]),
                _share(row["share"], 0),
                _share(row["of_turnover"]),
            ),
        ),
    )


def certainty(study: ShapeStudy, stage: str) -> Table:
    """Return how sure the communities of each year are."""
    modularity = study.tables["regionalisation"].filter(pl.col("by") == "community")
    joined = (
        study.tables["certainty"]
        .filter(pl.col("stage") == stage)
        .join(modularity.select("stage", "year", "value", "null_mean", "p"), on=["stage", "year"], how="left")
    )
    return Table(
        _title(study, stage, "How sure the communities are, by year"),
        _headers(
            "Year", "Communities", "Agreement of runs", "Stability", "Stability with errors", "Modularity",
            "Modularity by size", "p", "Communities by the map equation", "Pairs placed alike, % by turnover",
        ),
        _rows(
            joined,
            lambda row: (
                Cell(str(row["year"])),
                figure(row["communities"]),
                *(figure(row[name], 2) for name in ("agreement", "stability", "noise_stability", "value", "null_mean")),
                figure(row["p"], 2),
                figure(row["flow_communities"]),
                _share(row["flow_alike"], 0),
            ),
        ),
    )  # fmt: skip


def _written(measure: str, value: float | None) -> Cell:
    unit = REGION_MEASURES[measure].unit
    return _share(value) if unit == "fraction" else figure(value, 0 if unit == "km" else 2)


def _measure(by: str, measure: str) -> Cell:
    kind = REGION_MEASURES[measure]
    unit = {"fraction": ", %", "km": ", km"}.get(kind.unit, "")
    return words(f"{GROUPINGS[by]}: {numbers.in_sentence(kind.title)}{unit}")


def regions(study: ShapeStudy, stage: str) -> Table | None:
    """Return every regional measure in the first, middle and last year, beside its null."""
    held = study.tables["regionalisation"].filter(pl.col("stage") == stage)
    years = first_middle_last(held["year"].unique().sort().to_list())
    if not years:
        return None
    rows = []
    for by, measure in held.select("by", "measure").unique(maintain_order=True).iter_rows():
        own = held.filter((pl.col("by") == by) & (pl.col("measure") == measure))
        cells = [_measure(by, measure)]
        for year in years:
            row = next(own.filter(pl.col("year") == year).iter_rows(named=True), None) or {}
            cells += [
                _written(measure, row.get("value")),
                _written(measure, row.get("null_mean")),
                figure(row.get("p"), 2),
            ]
        rows.append(tuple(cells))
    top = (Header("", number=False), *(Header(str(year), 3, number=False) for year in years))
    low = (Header("Measure", number=False), *(Header(name) for _ in years for name in ("Value", "By size", "p")))
    return Table(
        _title(study, stage, "Regional or global, against networks of the same sizes"), (top, low), tuple(rows)
    )


def trends(study: ShapeStudy, stage: str) -> Table | None:
    """Return both calibrated tests of every series."""
    held = study.tables["trends"].filter((pl.col("stage") == stage) & pl.col("trend").is_not_null())
    if held.is_empty():
        return None
    return Table(
        _title(study, stage, "Trends: a series is said to rise or fall where both tests reject"),
        _headers(
            "*Measure", "*Of", "Years", "Slope a year", "p, Newey–West calibrated", "p, Mann–Kendall calibrated",
            "Persistence", "*Trend",
        ),
        _rows(
            held,
            lambda row: (
                _measure(row["by"], row["measure"]),
                words("value" if row["of"] == "value" else "excess over sizes"),
                figure(row["years"]),
                _slope(row["measure"], row["slope"]),
                figure(row["p"], 3),
                figure(row["mk_p"], 3),
                figure(row["persistence"], 2),
                words(row["trend"]),
            ),
        ),
    )  # fmt: skip


def _slope(measure: str, slope: float) -> Cell:
    unit = REGION_MEASURES[measure].unit
    return figure(100 * slope, 2) if unit == "fraction" else figure(slope, 0 if unit == "km" else 4)


def carriers(study: ShapeStudy, stage: str) -> Table | None:
    """Return who carries in the first, middle and last year."""
    held = study.tables["mediation"].filter((pl.col("stage") == stage) & pl.col("carried_share").is_not_null())
    years = first_middle_last(held["year"].unique().sort().to_list())
    if not years:
        return None
    origin = study.settings.origin
    peak = held.group_by("country").agg(pl.col("carried_share").max()).filter(pl.col("carried_share") >= 0.0005)
    best = peak.sort(["carried_share", "country"], descending=[True, False])["country"].to_list()
    shown = [origin, *[country for country in best if country != origin][:TOP]]
    rows = []
    for country in shown:
        cells = [words("directly" if country == origin else numbers.name(country))]
        for year in years:
            row = next(
                held.filter((pl.col("year") == year) & (pl.col("country") == country)).iter_rows(named=True), None
            )
            cells += [
                millions(row["carried_kusd"] if row else 0.0),
                _share(row["carried_share"] if row else 0.0),
                _share(row["through_share"] if row else 0.0),
            ]
        rows.append(tuple(cells))
    top = (Header("", number=False), *(Header(str(year), 3, number=False) for year in years))
    low = (
        Header("Last carrier", number=False),
        *(Header(name) for _ in years for name in ("US$ million", "Share, %", "Passes through, %")),
    )
    ends = f"{numbers.name(origin)} to {numbers.name(study.settings.destination)}"
    return Table(_title(study, stage, f"Who carries goods from {ends}"), (top, low), tuple(rows))


def chokepoints(study: ShapeStudy, stage: str) -> Table | None:
    """Return the exporters with the strongest grip in the last year."""
    held = study.tables["chokepoints"].filter(pl.col("stage") == stage)
    if held.is_empty():
        return None
    now = held.filter(pl.col("year") == held["year"].max()).sort("rank").head(TOP)
    return Table(
        _title(study, stage, f"Chokepoints in {now['year'][0]}"),
        _headers(
            "*Exporter", "Share of exports, %", "Grip, 0–1", "Importers that buy half or more there",
            "Their share of imports, %", "Not replaced by a quarter more from others, %",
        ),
        _rows(
            now,
            lambda row: (
                _country(row["country"]),
                _share(row["export_share"]),
                figure(row["grip"], 3),
                figure(row["dependents"]),
                _share(row["dependent_share"]),
                _share(row["shortfall"]),
            ),
        ),
    )  # fmt: skip


def robustness(study: ShapeStudy, stage: str) -> Table | None:
    """Return measures of the whole network by year."""
    held = study.tables["world"].filter((pl.col("stage") == stage) & pl.col("value").is_not_null())
    if held.is_empty():
        return None
    wide = held.pivot("indicator", index="year", values="value").sort("year")
    names = {
        "global_efficiency": "Global efficiency",
        "robustness_degree": "Robustness, most ties first",
        "robustness_strength": "Robustness, most trade first",
        "core_share": "Countries in the core, %",
        "core_fit": "Fit of core and periphery",
    }
    return Table(
        _title(study, stage, "The whole network, by year"),
        _headers("Year", *names.values()),
        _rows(
            wide,
            lambda row: (
                Cell(str(row["year"])),
                *(_share(row.get(name)) if name == "core_share" else figure(row.get(name), 3) for name in names),
            ),
        ),
    )


def crisis(study: ShapeStudy, stage: str) -> Table | None:
    """Return how many collapse after each of the most dangerous, by threshold."""
    from xenotime.report.shape.breaks import seeds

    held = study.tables["crisis"].filter(pl.col("stage") == stage)
    if held.is_empty():
        return None
    thresholds = sorted(study.settings.thresholds)
    found = {(country, t): (n, lost) for country, t, n, lost in held.select(
        "country", "threshold", "avalanche", "lost_share").iter_rows()}  # fmt: skip
    rows = [
        (
            _country(country),
            *(cell for t in thresholds for cell in (figure(found[country, t][0]), _share(found[country, t][1]))),
        )
        for country in seeds(study, stage)
    ]
    top = (Header("", number=False), *(Header(f"Threshold {100 * t:g} %", 2, number=False) for t in thresholds))
    low = (Header("Collapse of", number=False), *(Header(n) for _ in thresholds for n in ("Others", "Trade lost, %")))
    return Table(_title(study, stage, f"Crises within the stage in {held['year'][0]}"), (top, low), tuple(rows))


def links(study: ShapeStudy, stage: str) -> Table | None:
    """Return the links that paths can least do without."""
    held = study.tables["links"].filter(pl.col("stage") == stage).sort("rank").head(TOP)
    if held.is_empty():
        return None
    return Table(
        _title(study, stage, f"Critical links in {held['year'][0]}"),
        _headers(
            "*Exporter", "*Importer", "Efficiency lost, %", "Pairs left without a path", "US$ million",
            "Of the importer's imports, %", "Of the exporter's exports, %",
        ),
        _rows(
            held,
            lambda row: (
                _country(row["exporter"]),
                _country(row["importer"]),
                _share(row["efficiency_lost"], 2),
                figure(row["pairs_lost"]),
                millions(row["value_kusd"]),
                _share(row["import_share"]),
                _share(row["export_share"]),
            ),
        ),
    )  # fmt: skip


def core(study: ShapeStudy, stage: str) -> Table | None:
    """Return the countries of the core."""
    held = study.tables["core"].filter((pl.col("stage") == stage) & pl.col("in_core"))
    if held.is_empty():
        return None
    return Table(
        _title(study, stage, f"The core in {held['year'][0]}"),
        _headers("*Country", "Partners by ties"),
        _rows(
            held.sort(["partners", "country"], descending=[True, False]),
            lambda row: (_country(row["country"]), figure(row["partners"])),
        ),
    )


def regression(study: ShapeStudy, stage: str) -> Table | None:
    """Return the regression of ties."""
    held = study.tables["regression"].filter(pl.col("stage") == stage)
    if held.is_empty():
        return None
    count, fit = held["countries"][0], held["r_squared"][0]
    named = {**EXPLAINS, "intercept": "intercept"}
    return Table(
        _title(
            study,
            stage,
            f"What goes with a tie in {held['year'][0]}: MRQAP among the {count} largest traders, R² {fit:.2f}, "
            f"{study.settings.permutations} permutations",
        ),
        _headers("*Network", "Coefficient, points of probability", "t", "p"),
        _rows(
            held,
            lambda row: (
                words(named[row["name"]]),
                figure(100 * row["coefficient"], 2),
                figure(row["t"], 1),
                figure(row["p_value"], 3),
            ),
        ),
    )
