"""One look for every figure: sizes, type, colours by stage and by country, and how a figure becomes a file.

Colours follow Okabe and Ito (2008), "Color Universal Design", which readers with any colour vision can tell apart;
their yellow is left out, since lines and text in it cannot be read on white. Countries beyond the sixth have tones of
Paul Tol's muted scheme and some between them; every country carries a label as well. The same study gives the same
bytes: ids are hashed with a fixed salt, no dates are written, and text stays text, set in DejaVu's widths (the widest
of the usual sans-serif faces, so labels that do not touch here do not touch in Arial or Helvetica either).
"""

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

#: Width of a figure, inches: the text width of the page.
WIDTH = 8.0
TEXT = 7.6
SMALL = 6.6

INK = "#222222"
SOFT = "#6b6b6b"
RULE = "#c9c9c9"
PALE = "#ececec"
OTHER = "#9a9a9a"

ORANGE, SKY, GREEN, BLUE, VERMILION, PURPLE = "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7"
WINE, OLIVE, SLATE, INDIGO, TEAL, BROWN = "#882255", "#8A8A2B", "#4D4D4D", "#332288", "#44AA99", "#8C510A"
SPARE = (VERMILION, SKY, WINE, OLIVE, INDIGO, TEAL, BROWN)

#: From mine to magnet; stages of other names take the colours still free, in the chain's order.
STAGE_COLOURS: Mapping[str, str] = {
    "upstream": ORANGE,
    "midstream": GREEN,
    "downstream": BLUE,
    "concentrate": ORANGE,
    "compound": GREEN,
    "metal_alloy": PURPLE,
    "magnet": BLUE,
}

#: Countries that recur across chains keep one colour in every report; every other country is grey in every report.
COUNTRY_COLOURS: Mapping[str, str] = {
    "CHN": VERMILION,
    "USA": BLUE,
    "JPN": PURPLE,
    "AUS": SKY,
    "MYS": ORANGE,
    "VNM": GREEN,
    "DEU": SLATE,
    "MMR": WINE,
    "PHL": OLIVE,
    "KOR": TEAL,
    "FRA": INDIGO,
    "THA": BROWN,
    "CHL": "#AA4499",
    "ARG": "#6F86D6",
    "COD": "#117733",
    "FIN": "#7A4FA3",
    "BEL": "#B89B00",
    "CAN": "#CC5566",
    "RUS": "#005A6B",
    "IND": "#A58C6F",
    "BRA": "#5BB450",
}

#: Lines of countries without a colour, told apart by tone and dashes: (colour, dash pattern).
GREY_LINES: tuple[tuple[str, Any], ...] = (
    ("#7d7d7d", (0, (4, 1.4))),
    ("#5c5c5c", (0, (1.2, 1.2))),
    ("#9a9a9a", (0, (6, 1.4, 1.2, 1.4))),
    ("#a8a8a8", "solid"),
)

#: Mark (gid) of text with a white rim, and the rim's width in points.
HALO = "halo"
RIM = 2.2

FONT_STACK = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"

RC: Mapping[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": TEXT,
    "text.color": INK,
    "text.parse_math": False,  # a dollar sign is money here
    "axes.labelsize": TEXT,
    "axes.labelcolor": SOFT,
    "axes.titlesize": TEXT + 0.8,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 7,
    "axes.edgecolor": RULE,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.unicode_minus": True,
    "grid.color": PALE,
    "grid.linewidth": 0.7,
    "xtick.labelsize": SMALL + 0.4,
    "ytick.labelsize": SMALL + 0.4,
    "xtick.color": RULE,
    "ytick.color": RULE,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "xtick.major.size": 2.5,
    "ytick.major.size": 0,
    "lines.linewidth": 1.5,
    "lines.solid_capstyle": "round",
    "lines.solid_joinstyle": "round",
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "savefig.dpi": 200,
    "svg.fonttype": "none",
    "svg.hashsalt": "xenotime",
    "pdf.fonttype": 42,
}

#: What must not be written into a file, by format: anything that changes from one run to the next.
METADATA: Mapping[str, Mapping[str, None]] = {
    "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
    "pdf": {"CreationDate": None, "ModDate": None},
    "png": {"Software": None},
}


@contextmanager
def look() -> Iterator[None]:
    """Draw and save inside this, and the house look holds."""
    with mpl.rc_context(dict(RC)):
        yield


def styled(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Make a drawing function draw in the house look."""

    @wraps(draw)
    def inside(*arguments: Any, **options: Any) -> Figure:
        with look():
            return draw(*arguments, **options)

    return inside


def stage_colours(stages: Iterable[str]) -> dict[str, str]:
    """Return a colour for each stage: its own, else one still free, in order, else grey."""
    names = list(stages)
    used = {STAGE_COLOURS[name] for name in names if name in STAGE_COLOURS}
    free = [colour for colour in dict.fromkeys([*STAGE_COLOURS.values(), *SPARE]) if colour not in used]
    return {name: STAGE_COLOURS.get(name) or (free.pop(0) if free else OTHER) for name in names}


def country_colour(iso3: str) -> str:
    """Return a country's colour, the same in every report; grey for countries that seldom recur."""
    return COUNTRY_COLOURS.get(iso3, OTHER)


def ink(colour: str, share: float = 0.78) -> str:
    """Return a darker tone of a colour, for text in it: pale hues are hard to read at label size."""
    red, green, blue = mpl.colors.to_rgb(colour)
    return str(mpl.colors.to_hex((red * share, green * share, blue * share)))


def encode(figure: Figure, kind: str, **options: Any) -> bytes:
    """Return a figure as the bytes of an ``"svg"``, ``"pdf"`` or ``"png"`` file; the same figure, the same bytes.

    Text marked with `HALO` gets a white rim, so that it can be read across lines: by style in SVG, where it stays
    text, and as an outline elsewhere.
    """
    stream = io.BytesIO()
    with look():
        for text in figure.findobj(lambda artist: isinstance(artist, Text) and artist.get_gid() == HALO):
            text.set_path_effects([] if kind == "svg" else [withStroke(linewidth=RIM, foreground="white")])
        figure.savefig(stream, format=kind, metadata=dict(METADATA[kind]), **options)
    return _lighter(stream.getvalue()) if kind == "svg" else stream.getvalue()


def _lighter(svg: bytes) -> bytes:
    """Cut coordinates to a hundredth of a point (half the bytes), name the page's typeface, add rims."""
    text = svg.decode("utf-8")
    text = re.sub(r"<[^>]+>", lambda tag: re.sub(r"(\d\.\d\d)\d+", r"\1", tag[0]), text)
    text = re.sub(r"'DejaVu Sans'(, sans-serif)?", FONT_STACK, text)
    rim = f'class="{HALO}" style="paint-order: stroke; stroke: #fff; stroke-width: {RIM}px; stroke-linejoin: round"'
    return text.replace(f'id="{HALO}"', rim).encode("utf-8")
