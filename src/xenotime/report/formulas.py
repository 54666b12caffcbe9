"""Formulas for people: subscripts and superscripts in HTML, and the rule that drew the ties in one phrase."""

import re

from markupsafe import Markup, escape

from xenotime.studies import TradeStudy

SUBSCRIPT = re.compile(r"(?<![A-Za-z0-9_])([A-Za-zΣ])_([A-Za-z]{1,3})(?![A-Za-z0-9_])")
SUPERSCRIPT = re.compile(r"\^([A-Za-z]{1,3})\b")
UNIT = re.compile(r"(\d) (%|bn\b|m\b)")

SYMBOLS = (
    "w_ij is the value of goods from exporter i to importer j; a_ij is 1 where the rule draws a tie from i to j; "
    "s_i^out and s_j^in are a country's exports and imports, W world trade; k_i^out and k_i^in count a country's ties; "
    "L is the number of ties, n of countries; d_ij is the number of ties on the shortest path from i to j; C_i is a "
    "country's clustering coefficient."
)


def typeset(text: str) -> Markup:
    """Return text as HTML: indices set low and high (``s_j^in``), numbers kept on one line with their unit."""
    safe = str(escape(text))
    safe = SUBSCRIPT.sub(r"<i>\1</i><sub>\2</sub>", safe)
    safe = SUPERSCRIPT.sub(r"<sup>\1</sup>", safe)
    return Markup(UNIT.sub("\\1\N{NO-BREAK SPACE}\\2", safe))


def rule(study: TradeStudy) -> str:
    """Return the formula of the rule of dependence with its parameters filled in: "w_ij / s_j^in ≥ 0.05"."""
    formula = study.rule_formula
    for name, value in study.ties.attrs.get("parameters", {}).items():
        number = f"{value:g}" if isinstance(value, int | float) else "(by year)"
        formula, found = re.subn(rf"\b{re.escape(name)}\b", number, formula)
        if not found:
            formula += f", {name} = {number}"
    return formula
