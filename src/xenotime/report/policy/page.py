"""One self-contained HTML page from a policy study."""

from xenotime.core.version import __version__
from xenotime.report.page import Picture, encoded, filled
from xenotime.report.policy import tables
from xenotime.report.policy.figures import figures
from xenotime.studies.policy import PolicyStudy
from xenotime.studies.policy.numbers import in_sentence, percent


def render(study: PolicyStudy) -> str:
    """Return the page of a study as HTML."""
    markets = study.markets.rows(named=True)
    goods = in_sentence(markets[0]["goods"]) if len(markets) == 1 else "markets by stage and year"
    return filled(
        "policy/template.html.j2",
        study=study,
        title=f"{study.title}: what trade policy does, {goods}",
        pictures=list(pictures(study).values()),
        tables=tables,
        markets=[
            f"{row['market']}: {in_sentence(row['goods'])}, {row['countries']} countries, "
            f"US$ {row['trade_kusd'] / 1e6:.2f} bn of trade, "
            + (f"own trade {percent(row['own_share'])} of all sales" if row["own_share"] else "no own trade known")
            for row in markets
        ],
        level=percent(float(study.settings["level"])),
        draws=study.settings["draws"],
        alike="each country around a common value" if study.settings["country_spread"] else "alike for all countries",
        partitions=study.settings["partitions"],
        version=__version__,
    )


def pictures(study: PolicyStudy) -> dict[str, Picture]:
    """Return the figures of the study, numbered in the order of the page."""
    held: dict[str, Picture] = {}
    for name, kind in figures(study).items():
        data = encoded(kind.draw(study))
        held[name] = Picture(name, len(held) + 1, kind.title, kind.caption(study), kind.alt(study), data)
    return held
