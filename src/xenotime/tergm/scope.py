"""Which dyads and years an effect or a forecast is about: the whole world, a country, a pair or a bloc."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from xenotime.core import InputError
from xenotime.tergm.labels import listing
from xenotime.tergm.model import Model

Labels = str | Iterable[str] | None
Years = int | Iterable[int] | None


@dataclass(frozen=True)
class Scope:
    """A choice of dyads and years; None means all of them. Make one with `scope_of`, which checks the labels.

    Attributes
    ----------
    exporters, importers : tuple of str, optional
        Labels of senders and of receivers.
    countries : tuple of str, optional
        Labels of which at least one end must be one.
    years : tuple of int, optional
    """

    exporters: tuple[str, ...] | None = None
    importers: tuple[str, ...] | None = None
    countries: tuple[str, ...] | None = None
    years: tuple[int, ...] | None = None

    def dyads(self, nodes: tuple[str, ...], directed: bool) -> np.ndarray:
        """Return the dyads chosen, (n, n) bool; undirected: i–j is chosen where either order is."""
        every = np.ones(len(nodes), bool)
        tails, heads, ends = (
            every if labels is None else np.isin(nodes, labels)
            for labels in (self.exporters, self.importers, self.countries)
        )
        chosen = tails[:, None] & heads[None, :] & (ends[:, None] | ends[None, :])
        np.fill_diagonal(chosen, False)
        return chosen if directed else chosen | chosen.T

    def has_year(self, year: int) -> bool:
        """Return whether a year is chosen."""
        return self.years is None or year in self.years

    def __str__(self) -> str:
        parts = [
            f"{word} {listing(labels)}"
            for word, labels in (
                ("exporters", self.exporters), ("importers", self.importers), ("countries", self.countries),
                ("years", self.years),
            )
            if labels is not None
        ]  # fmt: skip
        return "; ".join(parts) or "all dyads, all years"


def labels_of(labels: Labels, known: tuple[str, ...], what: str) -> tuple[str, ...] | None:
    """Return labels as a tuple; `InputError` names those the panel does not have."""
    if labels is None:
        return None
    given = (labels,) if isinstance(labels, str) else tuple(str(label) for label in labels)
    foreign = [label for label in given if label not in known]
    if foreign or not given:
        raise InputError(f"no such {what}: {listing(foreign) or 'none given'}", remedy=f"choose from {listing(known)}")
    return given


def years_of(years: Years, known: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return years as a tuple; `InputError` names those that are not modelled."""
    if years is None:
        return None
    given = (int(years),) if isinstance(years, (int, np.integer)) else tuple(int(year) for year in years)
    foreign = [year for year in given if year not in known]
    if foreign or not given:
        raise InputError(f"no such year: {listing(foreign) or 'none given'}", remedy=f"choose from {listing(known)}")
    return given


def scope_of(
    model: Model, exporters: Labels = None, importers: Labels = None, countries: Labels = None, years: Years = None
) -> Scope:
    """Return the scope of labels and years, checked against the model."""
    nodes = model.panel.nodes
    return Scope(
        labels_of(exporters, nodes, "exporter"),
        labels_of(importers, nodes, "importer"),
        labels_of(countries, nodes, "country"),
        years_of(years, model.years),
    )
