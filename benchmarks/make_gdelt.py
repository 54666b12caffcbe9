"""Write event files in the shape of GDELT's, with made-up events: for benchmarks and tests.

Lines are as long as the real ones (about 400 bytes with the source's address), a third of the actors have no country,
some are groups, numbers grow with time, and a few events are told of days long past. Nothing in them is real.

Run: python benchmarks/make_gdelt.py FOLDER [--files 4] [--events 1000000] [--edition v2] [--zip]
"""

import argparse
import zipfile
from datetime import date, timedelta
from pathlib import Path

import numpy as np

COLUMNS = {"v1": 58, "v1_before_2013": 57, "v2": 61}
_ACTORS = """
    USA CHN RUS GBR FRA JPN DEU IND ISR IRN KOR PRK AUS CAN BRA TUR UKR SAU PAK IRQ SYR EGY ITA ESP ZAF NGA MEX IDN VNM
    MYS THA PHL POL ROM SWE NOR NLD BEL CHE GRC KAZ KEN ETH MMR CHL PER AFR EUR WST MEA
"""
_KINDS = """
    010 0.0   020 3.0   036 4.0   040 1.0   042 1.9   043 2.8   046 7.0   051 3.4   057 8.0   061 6.4   070 7.0
    084 7.0   090 -2.0  110 -2.0  111 -2.0  112 -2.0  120 -4.0  130 -4.4  138 -7.0  141 -6.5  150 -7.2  173 -5.0
    180 -9.0  190 -10.0 193 -10.0
"""
#: Commoner countries first, the last four being groups; kinds of events with Goldstein's scale.
ACTORS = _ACTORS.split()
CODES, GOLDSTEIN = _KINDS.split()[::2], _KINDS.split()[1::2]


def write_file(
    path: Path, events: int, day: date, *, edition: str = "v2", first_id: int = 400_000_000, seed: int = 1
) -> Path:
    """Write one file of events of a day (and a few of a year before), and return its path.

    Parameters
    ----------
    path : Path
        ``….zip`` writes a zip with one member, as the project ships it.
    """
    text = lines(events, day, edition=edition, first_id=first_id, seed=seed)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(path.stem, text)
    else:
        path.write_text(text, encoding="utf-8")
    return path


def lines(events: int, day: date, *, edition: str = "v2", first_id: int = 400_000_000, seed: int = 1) -> str:
    """Return the text of a file."""
    random = np.random.default_rng(seed)
    weights = 1 / np.arange(1, len(ACTORS) + 1)
    actors = random.choice(len(ACTORS), (2, events), p=weights / weights.sum())
    blank = random.random((2, events)) < 0.3
    kinds = random.integers(0, len(CODES), events)
    back = random.choice([0, 0, 0, 0, 0, 0, 1, 2, 30, 365], events)
    stamps = {days: (day - timedelta(int(days))).strftime("%Y%m%d") for days in (0, 1, 2, 30, 365)}
    coordinates = random.uniform(-90, 90, (3, events)).round(4)
    address = random.integers(10**9, 10**10, events)
    tail = ["https://www.example.org/world/2018/06/a-rather-long-heading-of-an-article-about-two-countries-{}.html"]
    geo = 7 if edition != "v2" else 8
    out = []
    for at in range(events):
        one, two = ("" if blank[side, at] else ACTORS[actors[side, at]] for side in (0, 1))
        when, code = stamps[int(back[at])], CODES[kinds[at]]
        quad = 1 if code < "06" else 2 if code < "09" else 3 if code < "14" else 4
        who = [f"{one}GOV", "GOVERNMENT", one, "", "", "", "", "GOV", "", ""]
        whom = [f"{two}BUS", "COMPANY", two, "", "", "", "", "BUS", "", ""]
        head = [str(first_id + at), when, when[:6], when[:4], f"{when[:4]}.4137", *who, *whom, "1", code, code]
        head += [code[:2], str(quad), GOLDSTEIN[kinds[at]], "10", "1", "10", "-2.41935483870968"]
        for place in coordinates[:, at]:
            name = ["4", "Placeton, Country", "US", "USCA", *([""] if geo == 8 else ["CA083"])]
            name = name if geo == 7 else [*name[:4], "CA083"]
            head += [*name[: geo - 3], str(place), str(-place), "1661377"]
        head.append(f"{when}120000" if edition == "v2" else when)
        if edition != "v1_before_2013":
            head.append(tail[0].format(address[at]))
        out.append("\t".join(head))
    return "\n".join(out) + "\n"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--files", type=int, default=4)
    asked.add_argument("--events", type=int, default=1_000_000, help="in each file")
    asked.add_argument("--edition", choices=sorted(COLUMNS), default="v2")
    asked.add_argument("--zip", action="store_true")
    given = asked.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    for number in range(given.files):
        day = date(2018, 1, 1) + timedelta(number)
        name = f"{day:%Y%m%d}.export.CSV" + (".zip" if given.zip else "")
        write_file(given.folder / name, given.events, day, edition=given.edition,
                   first_id=400_000_000 + number * given.events, seed=number)  # fmt: skip


if __name__ == "__main__":
    main()
