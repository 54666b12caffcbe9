"""Sums of money in words, for notes and reports."""


def dollars(kusd: float) -> str:
    """Write thousands of US dollars in the unit that fits: ``"$5.0 k"``, ``"$1,204.3 m"``."""
    return f"${kusd:,.1f} k" if abs(kusd) < 1e3 else f"${kusd / 1e3:,.1f} m"
