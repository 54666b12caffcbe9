"""Sources to store: ingest with quarantine, mirror reconciliation, the embedded world, doctor."""
