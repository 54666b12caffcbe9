"""xenotime: how alliances, conflicts and trade policy reshape who can get critical minerals."""

__version__ = "0.1.0"
