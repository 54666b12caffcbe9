"""Sources to store: ingest with quarantine, mirror reconciliation, the embedded world, doctor."""

from xenotime.pipeline.doctor import Finding, doctor
from xenotime.pipeline.ingest import ingest
from xenotime.pipeline.ingest_report import IngestReport
from xenotime.pipeline.mirror import Reliability, reconcile

__all__ = ["Finding", "IngestReport", "Reliability", "doctor", "ingest", "reconcile"]
