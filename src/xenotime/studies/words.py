"""Numbers into sentences: every figure in them is computed from the cube in hand, none is typed."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from xenotime import reference
from xenotime.core import Provenance
from xenotime.schema import Status

Floats = NDArray[np.float64]

#: Importers below this buy a handful of shipments; counting them beside Japan tells nothing.
SIZEABLE_KUSD = 1_000.0
#: With more than this share of pairs unknown, a total is not the world's.
MUCH_UNKNOWN = 0.2


def told(headline: str, findings: Sequence[str], caveats: Sequence[str]) -> str:
    """Return a study in words, as it prints: its headline, its findings, what to know before quoting it."""
    lines = [headline, "", *(f"- {finding}" for finding in findings)]
    if caveats:
        lines += ["", "Before quoting this:", *(f"- {caveat}" for caveat in caveats)]
    return "\n".join(lines)


def percent(share: float) -> str:
    """Return a share in [0, 1] as per cent, whole where that is honest."""
    return f"{100 * share:.0f} %" if share >= 0.0995 or share == 0 else f"{100 * share:.1f} %"


def dollars(kusd: float) -> str:
    """Return thousand US dollars as words: ``"$5.8 bn"``, ``"$410 m"``."""
    return f"${kusd / 1e6:.1f} bn" if kusd >= 1e6 else f"${kusd / 1e3:.0f} m"


def export_shares(cube: xr.Dataset, stage: str) -> tuple[Floats, Floats, list[str]]:
    """Return export shares (year, exporter), world totals in kUSD (year,), and the exporters' labels.

    A year without any flow has total 0 and shares NaN.
    """
    by_exporter = cube["value_kusd"].sel(stage=stage).sum("importer").to_numpy()
    total = by_exporter.sum(axis=1)
    with np.errstate(invalid="ignore"):
        shares = by_exporter / total[:, None]
    return shares, total, [str(c) for c in cube["exporter"].values]


def _ends(total: Floats) -> tuple[int, int]:
    """First and last year with trade."""
    active = np.flatnonzero(total > 0)
    return int(active[0]), int(active[-1])


def _name(iso3: str) -> str:
    return reference.country_names().get(iso3, iso3)


def _main_suppliers(cube: xr.Dataset, stage: str, year: int) -> tuple[NDArray[np.intp], Floats, Floats]:
    """For each importer that year: index of its largest supplier, that supplier's share, all imports in kUSD."""
    flows = np.nan_to_num(cube["value_kusd"].sel(stage=stage).isel(year=year).to_numpy())
    imports = flows.sum(axis=0)
    buyers = imports > 0
    return flows[:, buyers].argmax(axis=0), flows[:, buyers].max(axis=0) / imports[buyers], imports[buyers]


def in_sentence(title: str) -> str:
    """Lower the first letter of a title, unless it begins with a symbol or an abbreviation."""
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def headline(cube: xr.Dataset, titles: Mapping[str, str], *, reconstructed: bool) -> str:
    """One sentence on the most downstream stage: who leads, since when, and how many depend on the leader.

    Parameters
    ----------
    cube : xarray.Dataset
        A trade cube.
    titles : mapping
        Stage to its goods in words, e.g. ``{"downstream": "Permanent magnets"}``.
    reconstructed : bool
        Whether the flows were simulated.
    """
    stage = str(cube["stage"].values[-1])
    shares, total, names = export_shares(cube, stage)
    years = cube["year"].values
    first, last = _ends(total)
    leader = int(np.nanargmax(shares[last]))
    opening = "In the reconstructed world, " if reconstructed else ""
    text = (
        f"{opening}{_name(names[leader])} shipped {percent(shares[last, leader])} of {scope(cube)} of "
        f"{in_sentence(titles[stage])} in {years[last]} ({dollars(shares[last, leader] * total[last])} of "
        f"{dollars(total[last])})"
    )
    if first != last:
        text += f", against {percent(shares[first, leader])} in {years[first]}"
    supplier, weight, imports = _main_suppliers(cube, stage, last)
    sizeable = imports >= SIZEABLE_KUSD
    if not sizeable.any():
        return text + "."
    majority = int(np.sum((supplier == leader) & (weight > 0.5) & sizeable))
    return text + (
        f"; {majority} of the {int(sizeable.sum())} countries that import at least {dollars(SIZEABLE_KUSD)} took more "
        "than half of theirs from it."
    )


def scope(cube: xr.Dataset) -> str:
    """Return whose exports the totals are: the world's only where the data leave nothing out."""
    status = cube["status"].to_numpy()
    if (status == Status.CUT).any() or (status == Status.MISSING).mean() > MUCH_UNKNOWN:
        return "the exports in these data"
    return "the world's exports"


def findings(cube: xr.Dataset, ties: xr.DataArray, titles: Mapping[str, str]) -> tuple[str, ...]:
    """A sentence a stage on leaders and concentration, then one on dependence."""
    years = cube["year"].values
    said: list[str] = []
    for stage in (str(s) for s in cube["stage"].values):
        shares, total, names = export_shares(cube, stage)
        first, last = _ends(total)
        order = np.argsort(-np.nan_to_num(shares[last]))[:3]
        leaders = ", ".join(f"{_name(names[i])} {percent(shares[last, i])}" for i in order if shares[last, i] > 0)
        hhi = np.nansum(shares**2, axis=1)
        sentence = f"{titles[stage]} ({stage}): {dollars(total[last])} of exports in {years[last]}, led by {leaders}"
        if first != last:
            gloss = "HHI" if said else "concentration of exporters (HHI; 1 would be a single one)"
            sentence += f"; {dollars(total[first])} in {years[first]}; {gloss} {_movement(hhi[first], hhi[last])}"
        said.append(sentence + ".")
    return (*said, _dependence(cube, ties, titles))


def _movement(before: float, after: float) -> str:
    if abs(after - before) < 0.02:
        return f"stayed near {after:.2f}"
    return f"{'rose' if after > before else 'fell'} from {before:.2f} to {after:.2f}"


def _dependence(cube: xr.Dataset, ties: xr.DataArray, titles: Mapping[str, str]) -> str:
    stage = str(cube["stage"].values[-1])
    years = cube["year"].values
    _, total, _ = export_shares(cube, stage)
    first, last = _ends(total)
    _, weight, _ = _main_suppliers(cube, stage, last)
    text = (
        f"Dependence: in {years[last]} the median importer of {in_sentence(titles[stage])} took "
        f"{percent(float(np.median(weight)))} of its imports from its largest supplier"
    )
    if ties.attrs.get("rule") != "import_share":
        return text + "."  # any other rule says something else than how many suppliers matter

    def suppliers(year: int) -> float:
        drawn = ties.sel(stage=stage).isel(year=year).to_numpy().astype(bool)
        buyers = np.nansum(cube["value_kusd"].sel(stage=stage).isel(year=year).to_numpy(), axis=0) > 0
        return float(np.mean(drawn[:, buyers].sum(axis=0)))

    share = 100 * float(ties.attrs["parameters"]["minimum_share"])
    text += f"; suppliers of at least {share:g} % of a country's imports numbered {suppliers(last):.1f} on average"
    return text + (f" ({suppliers(first):.1f} in {years[first]})." if first != last else ".")


def caveats(cube: xr.Dataset, notes: Sequence[str], sources: Sequence[Provenance]) -> tuple[str, ...]:
    """What a reader should know before quoting: what the data leave out, baskets, and what the rule of ties lacked."""
    said = []
    if cube.attrs["reconstructed"]:
        said.append("Reconstructed, not observed: no figure here is evidence about a country.")
    said += [f"{source.title or source.source} {source.version}: {source.note}" for source in sources if source.note]
    if (cube["status"].to_numpy() == Status.CUT).any():
        said.append("The data are an extract: counts of ties, density and path length are those of the extract.")
    if cube.sizes["year"] > 1:
        said.append("Values are current US dollars: prices move them with no change in tonnes.")
    said += [str(warning) for warning in cube.attrs["warnings"]]
    return (*said, *notes)
