"""The store: Parquet as the truth, DuckDB to read it, snapshots with hashes; see `store`."""
