"""Compositions that answer a question; `trade` is the first."""
