"""Numbers into sentences: every figure in them is computed from the cube in hand, none is typed."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from xenotime import reference
from xenotime.schema import Status

Floats = NDArray[np.float64]


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


def _main_suppliers(cube: xr.Dataset, stage: str, year: int) -> tuple[NDArray[np.intp], Floats]:
    """For each importer with imports that year: index of its largest supplier, and that supplier's share."""
    flows = np.nan_to_num(cube["value_kusd"].sel(stage=stage).isel(year=year).to_numpy())
    imports = flows.sum(axis=0)
    buyers = imports > 0
    return flows[:, buyers].argmax(axis=0), flows[:, buyers].max(axis=0) / imports[buyers]


def _in_sentence(title: str) -> str:
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
    supplier, weight = _main_suppliers(cube, stage, last)
    majority = int(np.sum((supplier == leader) & (weight > 0.5)))
    opening = "In the reconstructed world, " if reconstructed else ""
    text = (
        f"{opening}{_name(names[leader])} shipped {percent(shares[last, leader])} of the world's exports of "
        f"{_in_sentence(titles[stage])} in {years[last]} ({dollars(shares[last, leader] * total[last])} of "
        f"{dollars(total[last])})"
    )
    if first != last:
        text += f", against {percent(shares[first, leader])} in {years[first]}"
    return text + (f"; {majority} of the {len(supplier)} countries that import took more than half of theirs from it.")


def findings(cube: xr.Dataset, ties: xr.DataArray, titles: Mapping[str, str]) -> tuple[str, ...]:
    """A sentence a stage on leaders and concentration, then one on dependence and one on the network."""
    years = cube["year"].values
    said = []
    for stage in (str(s) for s in cube["stage"].values):
        shares, total, names = export_shares(cube, stage)
        first, last = _ends(total)
        order = np.argsort(-np.nan_to_num(shares[last]))[:3]
        leaders = ", ".join(f"{_name(names[i])} {percent(shares[last, i])}" for i in order if shares[last, i] > 0)
        hhi = np.nansum(shares**2, axis=1)
        sentence = f"{titles[stage]} ({stage}): {dollars(total[last])} of exports in {years[last]}, led by {leaders}"
        if first != last:
            movement = _movement(hhi[first], hhi[last])
            sentence += (
                f"; {dollars(total[first])} in {years[first]}; concentration of exporters (HHI) {movement} "
                f"{hhi[first]:.2f} to {hhi[last]:.2f}"
            )
        said.append(sentence + ".")
    said += _dependence(cube, ties, titles)
    return tuple(said)


def _movement(before: float, after: float) -> str:
    if abs(after - before) < 0.02:
        return "hardly moved, from"
    return "rose from" if after > before else "fell from"


def _dependence(cube: xr.Dataset, ties: xr.DataArray, titles: Mapping[str, str]) -> list[str]:
    stage = str(cube["stage"].values[-1])
    years = cube["year"].values
    _, total, _ = export_shares(cube, stage)
    first, last = _ends(total)

    def suppliers(year: int) -> float:
        drawn = ties.sel(stage=stage).isel(year=year).to_numpy().astype(bool)
        buyers = np.nansum(cube["value_kusd"].sel(stage=stage).isel(year=year).to_numpy(), axis=0) > 0
        return float(np.mean(drawn[:, buyers].sum(axis=0)))

    _, weight = _main_suppliers(cube, stage, last)
    text = (
        f"Dependence: in {years[last]} an importer of {_in_sentence(titles[stage])} relied on {suppliers(last):.1f} "
        "suppliers on average"
    )
    if first != last:
        text += f" ({suppliers(first):.1f} in {years[first]})"
    text += f"; the median importer took {percent(float(np.median(weight)))} of its imports from its largest supplier."
    return [text]


def caveats(cube: xr.Dataset, notes: Sequence[str], *, reconstructed: bool) -> tuple[str, ...]:
    """What a reader should know before quoting: cuts, baskets, and what the rule of ties lacked."""
    said = []
    if reconstructed:
        said.append("Reconstructed, not observed: flows are simulated from published facts; see the embedded world.")
    status = cube["status"].to_numpy()
    if (status == Status.CUT).any():
        said.append(
            "The data are an extract: pairs it does not list traded little, not nothing. Counts of ties, density and "
            "path length below the extract's cut cannot be read from it."
        )
    said.append("Values are current US dollars: a price spike (2011, 2022) raises them with no change in tonnes.")
    said += [str(warning) for warning in cube.attrs["warnings"]]
    said += notes
    return tuple(said)
