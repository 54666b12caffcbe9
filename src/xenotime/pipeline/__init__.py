"""Sources to store: ingest with quarantine, mirror reconciliation, the embedded world, doctor."""

from typing import TYPE_CHECKING, Any

from xenotime.pipeline.doctor import Finding, doctor
from xenotime.pipeline.events import aggregate_events
from xenotime.pipeline.ingest import ingest
from xenotime.pipeline.ingest_report import IngestReport
from xenotime.pipeline.mirror import Reliability, reconcile
from xenotime.pipeline.mirror_store import reconcile_store

if TYPE_CHECKING:
    from xenotime.pipeline.world import World, demo_store, demo_world

__all__ = [
    "Finding",
    "IngestReport",
    "Reliability",
    "World",
    "aggregate_events",
    "demo_store",
    "demo_world",
    "doctor",
    "ingest",
    "reconcile",
    "reconcile_store",
]


def __getattr__(name: str) -> Any:
    """Import the embedded world, and numba with it, only when it is asked for."""
    if name in {"World", "demo_store", "demo_world"}:
        from xenotime.pipeline import world

        return getattr(world, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
