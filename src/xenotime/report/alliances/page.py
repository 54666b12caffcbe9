"""The alliances study as one self-contained HTML page."""

from xenotime.core.version import __version__
from xenotime.report import numbers
from xenotime.report.page import filled
from xenotime.report.tables import provenance
from xenotime.studies.alliances import AlliancesStudy


def render(study: AlliancesStudy) -> str:
    """Return the page of a study as HTML."""
    span = numbers.span(min(study.years), max(study.years))
    return filled(
        "alliances/template.html.j2",
        study=study,
        title=f"{study.title}: what goes with a trade tie, {span}",
        banners=numbers.banners(study.networks),
        provenance=provenance(study.networks),
        version=__version__,
    )
