"""Where a number comes from (convention 9): source, version, years, and whether it was observed at all."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal["observed", "estimated", "reconstructed"]


@dataclass(frozen=True)
class Provenance:
    """One source behind a table, figure or file.

    Attributes
    ----------
    source : str
        Short name, as in ``xenotime sources``.
    version : str
        The producer's version ("V202601"), or the edition.
    kind : {"observed", "estimated", "reconstructed"}
        Reconstructed numbers are simulated from facts and were never observed.
    years : tuple of (int, int), optional
        First and last year.
    title, citation, licence, note : str
        For people.
    """

    source: str
    version: str
    kind: Kind = "observed"
    years: tuple[int, int] | None = None
    title: str = ""
    citation: str = ""
    licence: str = ""
    note: str = ""

    def __str__(self) -> str:
        first, last = self.years or (None, None)
        years = "" if first is None else f", {first}" if first == last else f", {first}–{last}"
        return f"{self.title or self.source} {self.version}{years} ({self.kind})"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return asdict(self)
