"""Before and after on the shape study's page: the figure of changes in the world's network, and two tables."""

import polars as pl
from matplotlib.figure import Figure

from xenotime.report import numbers
from xenotime.report.figures.changes import changes, percentable
from xenotime.report.tables import Cell, Header, Table, figure, words
from xenotime.studies import ShapeStudy
from xenotime.studies.shape.changes import LEVEL, MAIN, lead, main_rows

#: Countries in the table, and what is told of each: measure, heading, factor, decimals.
TOP = 12
BY_COUNTRY = (
    ("carriers.carried_share", "Carries last (origin: direct), %", 100, 1),
    ("grip", "Grip, 0–1", 1, 3),
    ("crisis.avalanche", "Collapse after it", 1, 0),
    ("supplier_hhi", "HHI of its suppliers", 1, 2),
)
NOISE = {True: "yes", False: "no", None: "–"}


def shown(study: ShapeStudy) -> pl.DataFrame:
    """Return the rows of `MAIN`, of the stages that have any."""
    table = study.tables["changes"]
    rows = [row for stage in study.stages for row in main_rows(table, stage).values()]
    return pl.DataFrame(rows, schema=table.schema, orient="row")


def borne(study: ShapeStudy) -> bool:
    """Whether there is a change to draw."""
    return bool(shown(study).select(percentable().any()).item())


def draw(study: ShapeStudy) -> Figure:
    """Draw the changes of the world's network in per cent of what was before."""
    return changes(shown(study))


def _pair(study: ShapeStudy) -> str:
    words_ = lead(study.tables["changes"].row(0, named=True), study.settings)
    return f"{words_[:1].lower()}{words_[1:]}"


def caption(study: ShapeStudy) -> str:
    """Words under the figure."""
    settings = study.settings
    noise = (
        f"{100 * LEVEL:g} % of {settings.noise_draws} draws of the elasticities"
        if settings.scenario
        else f"{100 * LEVEL:g} % of {settings.noise_draws} draws in which every flow is off by a random factor with a "
        f"standard deviation of {settings.reporting_error:g} in logs"
    )
    simulated = " What comes after is simulated, not observed." if settings.scenario else ""
    return (
        f"Changes {_pair(study)}, in per cent of what was before. Lines: {noise}; of communities, also over searches. "
        "A full mark is a change whose line leaves out zero. Communities of before are held; found anew, they are "
        f"those of each network itself.{simulated} {numbers.source_line(study.networks)}"
    )


def alt(study: ShapeStudy) -> str:
    """Words for who does not see the figure."""
    return " ".join(["Figure of changes.", *(s for stage in study.stages for s in study.words["changes"][stage])])


def world(study: ShapeStudy, stage: str) -> Table | None:
    """Return the world's network before and after."""
    rows = main_rows(study.tables["changes"], stage)
    if not rows:
        return None
    cells = []
    for measure, row in rows.items():
        said, written = MAIN[measure]
        low, high = (figure(100 * row[f"change_{end}"] / row["before"], 1) if row["before"] > 0 else Cell("–")
                     for end in ("low", "high"))  # fmt: skip
        change = figure(100 * row["change"] / row["before"], 1) if row["before"] > 0 else Cell("–")
        cells.append(
            (
                words(f"{said[:1].upper()}{said[1:]}"), Cell(written(row["before"])), Cell(written(row["after"])),
                change, low, high, words(NOISE[row["more_than_noise"]]),
            )
        )  # fmt: skip
    heads = (
        Header("Measure", number=False), Header("Before"), Header("After"), Header("Change, %"), Header("Low, %"),
        Header("High, %"), Header("More than noise", number=False),
    )  # fmt: skip
    return Table(_title(study, stage, "The network as a whole"), (heads,), tuple(cells))


def countries(study: ShapeStudy, stage: str) -> Table | None:
    """Return what changed for the countries that changed most: as carriers, in their grip, in crises, as importers."""
    held = study.tables["changes"].filter(
        pl.col("stage") == stage, pl.col("country").is_not_null(), pl.col("detail").is_null()
    )
    rank = (
        held.filter(pl.col("indicator").is_in(["carriers.carried_share", "grip"]), pl.col("more_than_noise"))
        .group_by("country")
        .agg(pl.col("change").abs().max())
        .sort(["change", "country"], descending=[True, False])["country"]
        .head(TOP)
        .to_list()
    )
    if not rank:
        return None
    by_key = {(row["indicator"], row["country"]): row for row in held.iter_rows(named=True)}
    rows = []
    for country in rank:
        cells = [words(numbers.name(country))]
        for measure, _, factor, decimals in BY_COUNTRY:
            row = by_key.get((measure, country))
            known = row is not None and row["change"] is not None
            mark = "*" if row is not None and row["more_than_noise"] else ""
            cells += [
                figure(factor * row["before"] if row is not None and known else None, decimals),
                Cell(figure(factor * row["after"], decimals).text + mark) if row is not None and known else Cell("–"),
            ]
        rows.append(tuple(cells))
    top = (Header("", number=False), *(Header(name, 2, number=False) for _, name, _, _ in BY_COUNTRY))
    low = (Header("Country", number=False), *(Header(when) for _ in BY_COUNTRY for when in ("Before", "After")))
    return Table(
        _title(study, stage, "Countries whose carrying or grip changed most (* by more than noise)"),
        (top, low),
        tuple(rows),
    )


def _title(study: ShapeStudy, stage: str, what: str) -> str:
    text = f"{what}, {_pair(study)}"
    return f"{numbers.stage_title(stage)}: {text[:1].lower()}{text[1:]}" if len(study.stages) > 1 else text
