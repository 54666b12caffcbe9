"""Numbers and names as the study's sentences write them: estimates, intervals, covariates, ties, sources."""

from collections.abc import Iterable, Mapping
from typing import Any

from xenotime.core import Provenance
from xenotime.geopolitics.axes import spans
from xenotime.studies.alliances.covariates import COVARIATES
from xenotime.studies.alliances.specification import label
from xenotime.studies.words import in_sentence

#: What a share is a share of, by rule, whole and in the words of the rule.
SHARES: Mapping[str, tuple[str, str]] = {
    "import_share": ("imports", "the importer's imports"),
    "export_share": ("exports", "the exporter's exports"),
}


def number(value: float, digits: int = 3) -> str:
    """Write an estimate with a true minus sign, and none before zero."""
    return minus(f"{round(value, digits) + 0.0:.{digits}f}")


def amount(value: float) -> str:
    """Write a count or mean in three digits: "2.4", "8,030"."""
    return f"{round(value, -1):,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def minus(text: str) -> str:
    """Write numbers with true minus signs."""
    return text.replace("-", "−")


def interval(row: Mapping[str, Any]) -> str:
    """Write an interval and its p-value."""
    if row["low"] is None:
        return "no interval"
    p = "" if row.get("p") is None else f", p = {row['p']:.3f}" if row["p"] >= 0.001 else ", p < 0.001"
    return f"{number(row['low'])} to {number(row['high'])}{p}"


def named(covariate: str) -> str:
    """Return a covariate's title as it stands inside a sentence: "log GDP"."""
    return in_sentence(COVARIATES[covariate].title)


def labelled(term: str) -> str:
    """Return a coefficient in words as it stands inside a sentence: "exporter's log GDP, 1 year before"."""
    return in_sentence(label(term))


def threshold(text: str, rule: str) -> str:
    """Return a threshold of a rule in words: ("minimum_share = 0.02", "import_share") is "2 % of imports"."""
    name, _, size = text.partition(" = ")
    if name == "minimum_kusd":
        return f"US$\N{NO-BREAK SPACE}{1000 * float(size):,.0f}"
    if name == "minimum_share" and rule in SHARES:
        return f"{100 * float(size):g} % of {SHARES[rule][0]}"
    return text


def tie(rule: str, formula: str, parameters: Mapping[str, Any]) -> str:
    """Return how large a tie is: "of 5 % or more of the importer's imports"; a rule without plain words by formula."""
    size = next(iter(parameters.values())) if len(parameters) == 1 else None
    if isinstance(size, int | float) and rule in SHARES:
        return f"of {100 * size:g} % or more of {SHARES[rule][1]}"
    if isinstance(size, int | float) and rule == "value_threshold":
        return f"of {threshold(f'minimum_kusd = {size}', rule)} or more"
    listed = ", ".join(
        f"{name} by year" if isinstance(value, Mapping) else f"{name} = {value:g}" for name, value in parameters.items()
    )
    return f"with {formula} ({listed})" if listed else f"with {formula}"


def years(covered: Iterable[int]) -> str:
    """Return years as a reader writes them: "2001–2004, 2007"."""
    return spans(covered).replace("-", "–")


def titled(names: str, sources: Iterable[Provenance]) -> str:
    """Return the titles of sources named with their versions, "atop 5.1 + unga 2020"; a name where none is known."""
    titles = {f"{one.source} {one.version}": one.title for one in sources if one.title}
    return "; ".join(titles.get(name, name) for name in names.split(" + "))
