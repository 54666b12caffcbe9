"""Models side by side, as papers show them: estimates with stars, standard errors below, a foot of what was fitted.

Stars as texreg's: *** p < 0.001, ** p < 0.01, * p < 0.05, from the headline t. Numbers are in the frame; Markdown and
LaTeX only show them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from xenotime.core import InputError
from xenotime.tergm.labels import listing_span
from xenotime.tergm.results import TergmFit

STARS = ((0.001, "***"), (0.01, "**"), (0.05, "*"))
NOTE = "$^{***}p<0.001$; $^{**}p<0.01$; $^{*}p<0.05$"
LATEX = str.maketrans({
    "_": r"\_", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$", "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}", "\\": r"\textbackslash{}",
})  # fmt: skip
MARKDOWN = str.maketrans({"|": r"\|", "*": r"\*", "\n": " "})


@dataclass(frozen=True)
class Comparison:
    """Several models beside one another.

    Attributes
    ----------
    fits : dict of str to TergmFit
        By the heading of their column.
    """

    fits: dict[str, TergmFit]

    def to_frame(self) -> pl.DataFrame:
        """Return one row a model and coefficient: model, then the columns of `TergmFit.to_frame`."""
        return pl.concat(
            [fit.to_frame().select(pl.lit(name).alias("model"), pl.all()) for name, fit in self.fits.items()],
            how="diagonal",
        )

    @property
    def terms(self) -> tuple[str, ...]:
        """All coefficients, in the order in which the models bring them."""
        return tuple(dict.fromkeys(term for fit in self.fits.values() for term in fit.names))

    def _cells(self, digits: int) -> list[tuple[str, list[str], list[str]]]:
        """Return term, estimates with stars and standard errors in brackets, as text."""
        rows = []
        frames = {name: {row["term"]: row for row in fit.to_frame().iter_rows(named=True)}
                  for name, fit in self.fits.items()}  # fmt: skip
        for term in self.terms:
            estimates, errors = [], []
            for name, fit in self.fits.items():
                row = frames[name].get(term)
                if row is None:
                    estimates.append("")
                    errors.append("")
                elif np.isnan(row["estimate"]):
                    estimates.append(fit.status)
                    errors.append("")
                elif np.isnan(row["std_error"]):
                    estimates.append(f"{row['estimate']:.{digits}f}")
                    errors.append("(separated)" if term in fit.separated else "(fixed)")
                else:
                    star = next((mark for bound, mark in STARS if row["p_value"] < bound), "")
                    estimates.append(f"{row['estimate']:.{digits}f}{star}")
                    errors.append(f"({row['std_error']:.{digits}f})")
            rows.append((term, estimates, errors))
        return rows

    def _foot(self) -> list[tuple[str, list[str]]]:
        fits = self.fits.values()
        foot = [
            ("Years", [listing_span(fit.model.years) for fit in fits]),
            ("Dyads", [f"{fit.observations:,}" for fit in fits]),
            ("Method", [fit.method.upper() for fit in fits]),
            ("Standard errors", [fit.spread for fit in fits]),
            ("Log-likelihood", [_loglik(fit) for fit in fits]),
        ]
        if any("aic" in fit.diagnostics for fit in fits):
            foot += [
                (key.upper(), [f"{fit.diagnostics[key]:.2f}" if key in fit.diagnostics else "" for fit in fits])
                for key in ("aic", "bic")
            ]
        return foot

    def to_markdown(self, digits: int = 3) -> str:
        """Return a Markdown table."""
        lines = [
            "| | " + " | ".join(name.translate(MARKDOWN) for name in self.fits) + " |",
            "|---|" + "---:|" * len(self.fits),
        ]
        for term, estimates, errors in self._cells(digits):
            cells = [
                f"{value} {error}".strip().translate(MARKDOWN) for value, error in zip(estimates, errors, strict=True)
            ]
            lines.append(f"| {term.translate(MARKDOWN)} | " + " | ".join(cells) + " |")
        lines += [f"| {name} | " + " | ".join(cells) + " |" for name, cells in self._foot()]
        return "\n".join([*lines, "", r"\*\*\* p < 0.001, \*\* p < 0.01, \* p < 0.05"])

    def to_latex(self, digits: int = 3, caption: str = "", label: str = "") -> str:
        """Return a LaTeX table (package booktabs); heading, terms and caption are plain text, and escaped."""
        if any(sign in label for sign in "\\{}%#"):
            raise InputError(f"a LaTeX label cannot hold \\ {{ }} % #: '{label}'", remedy="for instance tab:fits")
        body = []
        for term, estimates, errors in self._cells(digits):
            shown = [_power(value) for value in estimates]
            body.append(f"{term.translate(LATEX)} & " + " & ".join(shown) + r" \\")
            body.append(" & " + " & ".join(errors) + r" \\")
        foot = [
            f"{name} & " + " & ".join(cell.translate(LATEX) for cell in cells) + r" \\" for name, cells in self._foot()
        ]
        return "\n".join([
            r"\begin{table}", r"\centering", rf"\begin{{tabular}}{{l{'r' * len(self.fits)}}}", r"\toprule",
            " & " + " & ".join(name.translate(LATEX) for name in self.fits) + r" \\", r"\midrule", *body, r"\midrule",
            *foot, r"\bottomrule",
            rf"\multicolumn{{{len(self.fits) + 1}}}{{l}}{{\footnotesize {NOTE}}}",
            r"\end{tabular}", *([rf"\caption{{{caption.translate(LATEX)}}}"] if caption else []),
            *([rf"\label{{{label}}}"] if label else []), r"\end{table}",
        ])  # fmt: skip

    def plot(self, **options: Any) -> Any:
        """Return a matplotlib figure of the coefficients; see `figures.coefficient_figure`."""
        from xenotime.tergm.figures import coefficient_figure

        return coefficient_figure(self, **options)

    def __str__(self) -> str:
        width = max(16, *(len(term) for term in self.terms))
        foot = self._foot()
        wide = max(14, *(len(name) for name in self.fits), *(len(cell) for _, cells in foot for cell in cells)) + 2
        lines = [" " * width + "".join(f"{name:>{wide}}" for name in self.fits)]
        for term, estimates, errors in self._cells(3):
            lines.append(f"{term:{width}}" + "".join(f"{cell:>{wide}}" for cell in estimates))
            lines.append(" " * width + "".join(f"{cell:>{wide}}" for cell in errors))
        lines += [f"{name:{width}}" + "".join(f"{cell:>{wide}}" for cell in cells) for name, cells in foot]
        return "\n".join([*lines, "*** p < 0.001, ** p < 0.01, * p < 0.05"])


def _loglik(fit: TergmFit) -> str:
    if np.isnan(fit.loglik):
        return ""
    return f"{fit.loglik:.2f}{' (pseudo)' if fit.method == 'mple' else ''}"


def _power(cell: str) -> str:
    number = cell.rstrip("*")
    stars = cell[len(number) :]
    shown = number.replace("-", "$-$").replace("inf", r"$\infty$")
    return f"{shown}$^{{{stars}}}$" if stars else shown


def compare(fits: "Mapping[str, TergmFit] | Sequence[TergmFit]") -> Comparison:
    """Put fits side by side.

    Parameters
    ----------
    fits : dict of str to TergmFit, or sequence of TergmFit
        With headings, or "(1)", "(2)", … .
    """
    named = dict(fits) if isinstance(fits, Mapping) else {f"({place})": fit for place, fit in enumerate(fits, 1)}
    if not named:
        raise InputError("no fits to compare", remedy="give at least one")
    return Comparison(named)
