"""Events and treaties into yearly networks of cooperation, conflict and alignment (docs/geopolitics.md)."""
