"""What the sources of events share, for who runs them over many files: count each file, put the counts together."""

from collections.abc import Mapping
from typing import Protocol, cast

from xenotime.sources import gdelt, icews, polecat
from xenotime.sources._event_files import event_files
from xenotime.sources._event_merge import EventRules, gather
from xenotime.sources._event_partial import Layout, Partial, count_file, partial_of
from xenotime.sources.base import SourceInfo


class EventSource(Protocol):
    """A source of events offers these beside `fetch` and `parse`.

    Attributes
    ----------
    INFO : SourceInfo
    LAYOUT : Layout
        How a file is read.
    RULES : EventRules
        How its codes are understood.
    """

    INFO: SourceInfo
    LAYOUT: Layout
    RULES: EventRules


EVENT_SOURCES: Mapping[str, EventSource] = {
    "gdelt": cast(EventSource, gdelt),
    "icews": cast(EventSource, icews),
    "polecat": cast(EventSource, polecat),
}

__all__ = [
    "EVENT_SOURCES",
    "EventRules",
    "EventSource",
    "Layout",
    "Partial",
    "count_file",
    "event_files",
    "gather",
    "partial_of",
]
