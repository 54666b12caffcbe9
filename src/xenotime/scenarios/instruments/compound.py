"""Instruments made of others: retaliation, which mirrors one, and a combination of several."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from xenotime.core import InputError
from xenotime.markets.shock import Shock
from xenotime.scenarios.fields import Share, per_cent, unit
from xenotime.scenarios.instruments.base import Bilateral, Measure, Reach
from xenotime.scenarios.parties import Party, Setting


class Retaliation(Measure):
    """Tit for tat: those whom an instrument hits do the same to those who began, at a share of its size."""

    example: ClassVar[dict[str, Any]] = {"kind": "retaliation", "answers": "first_strike", "share": 0.5}
    neutral: ClassVar[dict[str, Any]] = {"share": 0.0}
    formula: ClassVar[str] = "the answered instrument with exporters and importers exchanged, its size × share"

    kind: Literal["retaliation"] = "retaliation"
    answers: str = Field(description="label of the instrument that is answered")
    by: Party | None = Field(default=None, description="who answers; all whom the instrument hits if left out")
    share: Share = Field(
        default=1.0, description="size of the answer", json_schema_extra=unit("share of the answered size")
    )

    def answer(self, setting: Setting) -> Measure:
        """Return the mirrored instrument, in force in these years or else in those of the answered one.

        Raises
        ------
        InputError
            No instrument has the label, or it has no two sides to exchange.
        """
        target = setting.book.get(self.answers)
        if target is None or target is self:
            known = ", ".join(label for label, one in setting.book.items() if one is not self)
            raise InputError(
                f"retaliation answers {self.answers!r}, which is the label of no other instrument",
                remedy=f"use one of {known}" if known else "give the answered instrument a label",
            )
        mirror: Measure = target.mirrored(self.share)
        changes: dict[str, Any] = {"label": self.label}
        if self.years is not None:
            changes["years"] = self.years
        if self.by is not None and isinstance(mirror, Bilateral):
            # Whoever acts at the border of exports is an exporter, at that of imports an importer.
            changes["importers" if _acts_on_imports(mirror) else "exporters"] = self.by
        return mirror.model_copy(update=changes)

    def apply(self, shock: Shock, setting: Setting) -> Shock:
        """Apply the mirrored instrument."""
        return self.answer(setting).apply(shock, setting) if self.share else shock

    def strength(self, year: int) -> float:
        """Return 0 outside its own years; the answered instrument's steps come on top."""
        return super().strength(year) if self.share else 0.0

    def reaches(self, setting: Setting) -> tuple[Reach, ...]:
        """What the mirrored instrument moves."""
        answer = self.answer(setting)
        return answer.reaches(setting) if answer.strength(setting.year) else ()

    def describe(self) -> str:
        """Return the instrument in words."""
        who = f"{self.by.describe()} answer" if self.by else "those hit answer"
        return f"{who} {self.answers.replace('_', ' ')} in kind, at {per_cent(self.share)} of its size{self.when()}"


def _acts_on_imports(measure: Measure) -> bool:
    return getattr(measure, "kind", "") in {"import_tariff", "anti_dumping_duty", "import_quota", "liberalisation"}


class Combination(Measure):
    """Several instruments under one name, stage and window of years; or whole scenarios put together."""

    example: ClassVar[dict[str, Any]] = {
        "kind": "combination",
        "years": [2026, None],
        "parts": [
            {"kind": "export_tax", "exporters": "CHN", "rate": 0.25},
            {"kind": "import_tariff", "exporters": "CHN", "importers": "USA", "rate": 0.25},
        ],
    }
    neutral: ClassVar[dict[str, Any]] = {"parts": [{"kind": "export_tax", "exporters": "CHN", "rate": 0.0}]}
    formula: ClassVar[str] = "each part in turn, where both its own years and these have it in force"

    kind: Literal["combination"] = "combination"
    parts: "tuple[Instrument, ...]" = Field(  # type: ignore[name-defined]  # noqa: F821 (the union, built after this class)
        min_length=1, description="instruments; `scenarios: [name, …]` in a file puts those of other scenarios here"
    )

    def strength(self, year: int) -> float:
        """Return 1 where some part is in force within these years, else 0."""
        return super().strength(year) if any(part.strength(year) for part in self.parts) else 0.0

    def apply(self, shock: Shock, setting: Setting) -> Shock:
        """Apply the parts one after another."""
        if not self.strength(setting.year):
            return shock
        for part in sorted(self.parts, key=lambda one: one.order):
            if part.strength(setting.year):
                shock = part.apply(shock, setting)
        return shock

    def reaches(self, setting: Setting) -> tuple[Reach, ...]:
        """What the parts in force move."""
        return tuple(reach for part in self.parts if part.strength(setting.year) for reach in part.reaches(setting))

    def describe(self) -> str:
        """Return the instrument in words."""
        return f"together: {'; '.join(part.describe() for part in self.parts)}{self.when()}"
