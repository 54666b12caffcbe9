"""The only reader and writer of the store's files: immutable Parquet pieces under one manifest, read through DuckDB.

`writer(path)` adds pieces and swaps the manifest when its block ends well; `open_store(path)` reads what the manifest
names. See docs/decisions/0003-store-layout.md for why it is laid out so.
"""

from xenotime.store.manifest import Manifest, Piece
from xenotime.store.read import Store, open_store, spans
from xenotime.store.write import Writer, writer

__all__ = ["Manifest", "Piece", "Store", "Writer", "open_store", "spans", "writer"]
