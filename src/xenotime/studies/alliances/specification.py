"""The formula a study fits: the default specification, less what the data lack and what the dependence rule forbids.

The default is that of facts of the field (Liu et al. 2025 do not publish theirs): structure, sender and receiver
effects, covariates of pairs, memory. A rule that fixes or bounds degrees makes degree terms meaningless: with the k
largest suppliers the in-degree is k, and no share of 5 % leaves room for more than twenty suppliers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from xenotime.core import InputError
from xenotime.studies.alliances.covariates import COVARIATES, PAIR
from xenotime.studies.alliances.reader import Reading
from xenotime.studies.alliances.settings import AlliancesSettings
from xenotime.studies.words import in_sentence
from xenotime.tergm import parse
from xenotime.tergm.terms import Formula, Term, edgecov
from xenotime.tergm.terms.operators import Wrapped

#: Degree terms that a dependence rule leaves without meaning.
FORBIDDEN: Mapping[str, tuple[tuple[str, str], ...]] = {
    "import_share": (("gwidegree", "a share of imports bounds the number of suppliers"),),
    "export_share": (("gwodegree", "a share of exports bounds the number of markets"),),
    "top_k": (("gwidegree", "the k largest suppliers fix the in-degree"),),
}
#: Terms of the formula that count the same degree.
COUNTING: Mapping[str, tuple[str, ...]] = {
    "gwidegree": ("gwidegree", "idegree", "istar", "idegree15"),
    "gwodegree": ("gwodegree", "odegree", "ostar", "odegree15"),
}
#: Coefficients of structure in words.
STRUCTURE: Mapping[str, str] = {
    "edges": "Ties",
    "mutual": "Reciprocity",
    "gwesp.OTP.fixed.0.5": "Shared partners (gwesp 0.5)",
    "gwideg.fixed.0.5": "Importers' numbers of suppliers (gwidegree 0.5)",
    "gwodeg.fixed.0.5": "Exporters' numbers of markets (gwodegree 0.5)",
    "delrecip": "Answer to last year's tie the other way",
    "memory.stability": "Memory (stability)",
}


@dataclass(frozen=True)
class Specification:
    """A formula and what was left out of the default.

    Attributes
    ----------
    formula : str
    interest : mapping of str to str
        Covariate of interest to its coefficient's name.
    notes : tuple of str
    years : str
        What the formula ends in, where it has effects of years.
    """

    formula: str
    interest: Mapping[str, str]
    notes: tuple[str, ...]
    years: str = ""

    @property
    def past(self) -> int:
        """How many years before the tie the formula reads."""
        return max([0, *(lag for term in parse(self.formula) for lag in (*term.lags, *term.memory))])

    def with_year_effects(self, years: tuple[int, ...]) -> "Specification":
        """Return the specification with an effect of each modelled year of a panel."""
        added = f" + {effects}" if (effects := year_effects(years, self.past)) else ""
        return replace(self, formula=self.formula + added, years=added)


def default_terms(rule: str) -> tuple[list[str], list[str], list[str]]:
    """Return the structural terms before and after the covariates, and what the rule forbids, in words."""
    forbidden = dict(FORBIDDEN.get(rule, ()))
    structure = ["edges", "mutual", "gwesp(0.5, fixed=TRUE)"]
    structure += [f"{name}(0.5, fixed=TRUE)" for name in ("gwidegree", "gwodegree") if name not in forbidden]
    notes = [f"No {name}: {reason}." for name, reason in forbidden.items()]
    return structure, ["delrecip", "memory('stability')"], notes


def covariate_terms(name: str, lag: int) -> list[str]:
    """Return the terms of a covariate in the default formula, at its lag."""
    covariate = COVARIATES[name]
    at = f", lag={lag}" if covariate.lagged and lag else ""
    if covariate.kind == PAIR:
        return [f"edgecov('{name}'{at})"]
    spelled = {"sender": "nodeocov", "receiver": "nodeicov"}
    return [f"{spelled[side]}('{name}'{at})" for side in covariate.sides]


def specification(readings: Mapping[str, Reading], rule: str, settings: AlliancesSettings) -> Specification:
    """Return the formula for the covariates that are there, or the user's, checked against them.

    Raises
    ------
    InputError
        The user's formula names a covariate that is not there.
    """
    notes: list[str] = []
    if settings.formula:
        formula = settings.formula
        _check_known(formula, readings)
    else:
        before, after, notes = default_terms(rule)
        middle = [term for name in readings for term in covariate_terms(name, settings.lag)]
        formula = " + ".join([*before, *middle, *after])
    parsed = parse(formula)
    forbidden = {term: why for name, why in FORBIDDEN.get(rule, ()) for term in COUNTING[name]}
    for term in parsed if settings.formula else ():
        called = type(inside(term)).__name__
        if called in forbidden:
            raise InputError(
                f"{called} has no meaning here: {forbidden[called]}",
                where=f"formula under rule {rule}",
                remedy="leave it out, or take rule value_threshold",
            )
    return Specification(formula, _interest(parsed, settings), tuple(notes))


def _check_known(formula: str, readings: Mapping[str, Reading]) -> None:
    for term in parse(formula):
        name = attribute(term)
        if name is not None and name not in readings:
            known = "" if name in COVARIATES else f"; covariates there can be: {', '.join(COVARIATES)}"
            raise InputError(
                f"the formula's covariate '{name}' is not there",
                where="formula",
                remedy=f"this study has {', '.join(readings)}{known}",
            )
        if name is not None and isinstance(inside(term), edgecov) != (COVARIATES[name].kind == PAIR):
            right = "edgecov" if COVARIATES[name].kind == PAIR else "nodeocov (exporter) or nodeicov (importer)"
            raise InputError(
                f"'{name}' is a covariate of {'pairs' if COVARIATES[name].kind == PAIR else 'countries'}",
                where=f"formula, {type(inside(term)).__name__}",
                remedy=f"write it with {right}",
            )


def attribute(term: Term) -> str | None:
    """Return the covariate a term reads, looking inside operators."""
    name = getattr(inside(term), "attr", None)
    return name if isinstance(name, str) else None


def inside(term: Term) -> Term:
    """Return the term inside operators such as ``Form``."""
    while isinstance(term, Wrapped):
        term = term.term
    return term


def _interest(formula: Formula, settings: AlliancesSettings) -> dict[str, str]:
    """Return the coefficients of the pair covariates of interest."""
    return {
        term.attr: coefficient(term.attr, term.lag)
        for term in formula
        if isinstance(term, edgecov) and term.attr in settings.interest
    }


def coefficient(name: str, lag: int) -> str:
    """Return the name of a pair covariate's coefficient at a lag."""
    at = f".lag{lag}" if lag > 0 else f".lead{-lag}" if lag < 0 else ""
    return f"edgecov.{name}{at}"


def label(term: str) -> str:
    """Return a coefficient's name in words, with its lag: "Cooperation, 1 year before"."""
    if term in STRUCTURE:
        return STRUCTURE[term]
    stem, lag = term, ""
    for mark, words in ((".lag", "before"), (".lead", "after")):
        head, found, number = term.rpartition(mark)
        if found and number.isdigit():
            stem, lag = head, f", {number} year{'s' if number != '1' else ''} {words}"
    kind, _, name = stem.partition(".")
    base, _, part = name.partition("__")
    if base not in COVARIATES:
        return term
    side = {"nodeocov": "Exporter's ", "nodeicov": "Importer's ", "nodecov": "Both ends' "}.get(kind, "")
    title = COVARIATES[base].title
    of = {"mean": ", mean of the pair", "deviation": ", deviation from the pair's mean"}.get(part, "")
    return f"{side}{in_sentence(title) if side else title}{of}{lag}"


def year_effects(years: tuple[int, ...], past: int = 1) -> str:
    """Return terms that give each modelled year but the first an intercept of its own.

    Parameters
    ----------
    years : tuple of int
        Of a panel.
    past : int
        Of these, how many at the beginning are only the past of others: the deepest lag.
    """
    return " + ".join(f"edges:timecov(minimum={step}, maximum={step})" for step in range(past + 2, len(years) + 1))
