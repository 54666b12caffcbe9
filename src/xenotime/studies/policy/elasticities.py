"""Elasticities of a stage: the range of each with its source, and draws over these ranges.

One value of each elasticity holds for all countries in a draw, unless `spread` lets each country differ from it. A
range is drawn log-uniformly, so that it is as likely to be twice as high as twice as low; its geometric mean is the
central value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import qmc

from xenotime import reference
from xenotime.core import generator
from xenotime.studies.policy.settings import PolicySettings, Span

if TYPE_CHECKING:
    from xenotime.reference import Chain

Floats = NDArray[np.float64]

#: The lowest sigma that is drawn where no published value is known for the stage's headings.
LOWEST_SIGMA = 1.2
PARAMETERS = ("substitution", "demand", "supply")


@dataclass(frozen=True)
class Elasticity:
    """One elasticity of a stage and how far it is known.

    Attributes
    ----------
    name : str
        "substitution" (E_s, σ), "demand" (E_m, negative in the model), "supply" (E_x).
    low, high : float
        Ends of what is drawn, as positive numbers.
    source : str
        Where they are from; "assumed" where nobody has published one.
    published : polars.DataFrame
        Rows of ``reference.facts("elasticities")`` for the stage's headings: each with the number as published and
        whether that is σ, 1 − σ or 1 − η.
    """

    name: str
    low: float
    high: float
    source: str
    published: pl.DataFrame

    @property
    def central(self) -> float:
        """The geometric mean of low and high."""
        return float(np.sqrt(self.low * self.high))

    @property
    def text(self) -> str:
        """The range in words."""
        sign = "−" if self.name == "demand" else ""
        return f"{sign}{self.low:.3g} to {sign}{self.high:.3g}, central {sign}{self.central:.3g}"


def elasticities(chain: "Chain", staging: str | None, stage: str, settings: PolicySettings) -> tuple[Elasticity, ...]:
    """Return the three elasticities of a stage.

    The low end of substitution is the lowest σ published for one of the stage's own six-digit headings, outliers left
    out, unless the settings give one.
    """
    found = []
    for name in PARAMETERS:
        span: Span = getattr(settings, name)
        rows = published(chain, staging, stage, name)
        low = span.low
        if low is None:
            own = rows.filter(pl.col("product").str.len_chars() == 6)["value"]
            low = min(float(own.min()), span.high) if len(own) else min(LOWEST_SIGMA, span.high)  # type: ignore[arg-type]
        found.append(Elasticity(name, low, span.high, span.source, rows))
    return tuple(found)


def published(chain: "Chain", staging: str | None, stage: str, name: str) -> pl.DataFrame:
    """Return published elasticities of the headings of a stage, their three-digit groups included, outliers not."""
    kinds = {"substitution": "substitution", "demand": "import demand"}
    selects = chain.selects(staging)
    codes = selects.filter(pl.col("stage") == stage)["hs6"].unique().to_list()
    products = [*codes, *(code[:3] for code in codes)]
    return reference.facts("elasticities").filter(
        pl.col("kind") == kinds.get(name, ""),
        pl.col("product").is_in(products),
        ~pl.col("note").fill_null("").str.contains("outlier"),
    )


def draw(ranges: Sequence[Elasticity], draws: int, seed: int) -> dict[str, Floats]:
    """Draw elasticities by Latin hypercube: each of `draws` slices of each range is hit once.

    Returns
    -------
    dict of ndarray (draws,)
        By name; demand is negative.
    """
    cube = qmc.LatinHypercube(d=len(ranges), rng=generator(seed, "policy", "elasticities")).random(draws)
    drawn = {}
    for k, one in enumerate(ranges):
        values = one.low * (one.high / one.low) ** cube[:, k]
        drawn[one.name] = -values if one.name == "demand" else values
    return drawn


def by_country(drawn: Mapping[str, Floats], names: Sequence[str], spread: float, seed: int) -> dict[str, Floats]:
    """Let the elasticities of each country differ from the draw's: times exp(spread z), z standard normal.

    Parameters
    ----------
    drawn : mapping
        From `draw`: one value a draw.
    names : sequence of str
        The countries. A country's deviations depend on its name and the seed alone, not on who else is in the market.
    spread : float
        Standard deviation in logs; 0 leaves all countries alike.

    Returns
    -------
    dict of ndarray (draws, countries)
    """
    return {
        key: np.column_stack([
            values * np.exp(spread * generator(seed, "policy", "country", key, name).standard_normal(len(values)))
            for name in names
        ])
        for key, values in drawn.items()
    }  # fmt: skip


def central(ranges: Sequence[Elasticity]) -> Mapping[str, float]:
    """Return the central values as the market takes them."""
    return {one.name: -one.central if one.name == "demand" else one.central for one in ranges}
