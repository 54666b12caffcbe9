"""Numbers of the policy study as words: signed per cent, intervals, money, names of countries."""

from xenotime import reference


def percent(share: float) -> str:
    """Return a fraction as per cent: "25 %", "2.6 %"."""
    return f"{100 * share:.0f} %" if abs(share) >= 0.0995 or share == 0 else f"{100 * share:.1f} %"


def signed(change: float) -> str:
    """Return a fraction as signed per cent: "−8.7 %", whole above ten."""
    if abs(change) < 5e-4:
        return "0 %" if abs(change) < 1e-9 else f"{'+' if change > 0 else '−'}{100 * abs(change):.2f} %"
    text = f"{100 * change:+.0f} %" if abs(change) >= 0.0995 else f"{100 * change:+.1f} %"
    return text.replace("-", "−")


def points(change: float) -> str:
    """Return a change of a share in percentage points: "+0.7 points"."""
    return f"{100 * change:+.1f} points".replace("-", "−")


def span(low: float, high: float) -> str:
    """Return an interval in signed per cent: "−12 to −6 %"."""
    return f"{signed(low).removesuffix(' %')} to {signed(high)}"


def money(kusd: float) -> str:
    """Return thousand US dollars as signed words: "+$1.2 bn", "−$410 m"."""
    sign = "−" if kusd < 0 else "+"
    size = abs(kusd)
    if size >= 1e6:
        return f"{sign}${size / 1e6:.1f} bn"
    return f"{sign}${size / 1e3:.0f} m" if size >= 1e4 else f"{sign}${size / 1e3:.1f} m"


def country(iso3: str) -> str:
    """Return a country's short name."""
    return reference.country_names().get(iso3, iso3)


def in_sentence(title: str) -> str:
    """Lower the first letter of a title, unless it begins with an abbreviation."""
    return title if title[:2].isupper() else title[:1].lower() + title[1:]
