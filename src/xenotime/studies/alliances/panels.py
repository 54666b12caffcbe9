"""From trade to the panels the tie model reads: one a stage, with who is in it, what can be tied, and why.

A tie points in the direction of goods, from exporter to importer (convention 5). A country is in the panel where its
imports are known in every year, and each covariate in every year that is read; all others are listed with the reason.
With `entry`, years in which a country does not exist (Montenegro, South Sudan) do not count. Who cannot
export a stage (it never did, or does not make it that year and is no hub) and who never imports it is no chance to
trade that was not taken: these pairs are structural zeros and stay out of the likelihood.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import xarray as xr
from numpy.typing import NDArray

from xenotime import reference
from xenotime.core import InputError
from xenotime.schema import Status
from xenotime.studies.alliances.covariates import COVARIATES, OUTPUTS, PAIR
from xenotime.studies.alliances.phrases import named
from xenotime.studies.alliances.phrases import years as spelled
from xenotime.studies.alliances.reader import Reader, Reading
from xenotime.studies.alliances.settings import AUTO, AlliancesSettings
from xenotime.studies.trade import TradeStudy
from xenotime.tergm import Panel

Bool = NDArray[np.bool_]
#: What `AUTO` takes: on a complete table the plainest cut, which leaves degrees free; on an extract, which lacks small
#: flows, the share that large flows decide.
COMPLETE, EXTRACT = ("value_threshold", {"minimum_kusd": 20.0}), ("import_share", {"minimum_share": 0.05})


@dataclass(frozen=True)
class StagePanel:
    """A stage's panel and how it came to be.

    Attributes
    ----------
    panel : Panel
    readings : mapping of str to Reading
        The covariates it holds.
    left_out : mapping of str to str
        Country to the reason why it is not a node.
    notes : tuple of str
        The risk set in words.
    """

    panel: Panel
    readings: Mapping[str, Reading]
    left_out: Mapping[str, str]
    notes: tuple[str, ...]


def rule_of(status: xr.DataArray, settings: AlliancesSettings) -> tuple[str, dict[str, float]]:
    """Return the dependence rule and its parameters: the one named, or the one the data allow."""
    if settings.rule != AUTO:
        return settings.rule, dict(settings.parameters)
    return EXTRACT if bool((status == Status.CUT).any()) else COMPLETE


def known_importers(trade: xr.Dataset) -> Bool:
    """Return whose imports are known, (year, country) bool, of one stage's cube.

    In an extract a country without a listed supplier buys from flows below the cut, so nothing is known of its shares.
    """
    status, value = trade["status"].to_numpy(), trade["value_kusd"].to_numpy()
    cut = (status == Status.CUT).any(axis=1)
    listed = np.nan_to_num(value).sum(axis=1) > 0
    unknown = (status == Status.MISSING).all(axis=1)
    return np.asarray((listed | ~cut) & ~unknown)


def panel_of(
    base: TradeStudy,
    stage: str,
    readings: Mapping[str, Reading],
    needed: Mapping[str, Sequence[int]],
    reader: Reader,
    settings: AlliancesSettings,
) -> StagePanel:
    """Return one stage's panel.

    Parameters
    ----------
    readings : mapping
        Covariates over the countries of `reader`, which are the cube's.
    needed : mapping
        Years of each covariate that the formula reads: a country lacking one of them is left out.

    Raises
    ------
    InputError
        Fewer than ten countries are left.
    """
    trade = base.trade.sel(stage=stage)
    ties = base.ties.sel(stage=stage).to_numpy().astype(float)
    names = np.array(reader.names)
    missing = trade["status"].to_numpy() == Status.MISSING
    ties[missing] = np.nan
    left_out: dict[str, str] = {}
    alive = existing(reader) if settings.entry else np.ones(ties.shape[:2], bool)
    ties[~(alive[:, :, None] & alive[:, None, :])] = 0.0
    importing = known_importers(trade) | ~alive
    for at in np.flatnonzero(~importing.all(axis=0)):
        left_out[names[at]] = f"imports unknown in {spelled(np.array(base.years)[~importing[:, at]].tolist())}"
    for name, reading in readings.items():
        left_out |= _incomplete(name, reading, needed.get(name, ()), reader, alive, set(left_out))
    if settings.nodes:
        for country in names[~np.isin(names, settings.nodes)]:
            left_out.setdefault(country, "not asked for")
    keep = np.flatnonzero(~np.isin(names, list(left_out)))
    if len(keep) < 10:
        reasons = pl.Series(list(left_out.values())).value_counts(sort=True)
        raise InputError(
            f"{len(keep)} countries have known imports and covariates at stage {stage}: too few for a tie model",
            where=f"{reasons[0, 0]}: {reasons[0, 1]} countries",
            remedy="take fewer covariates (settings, covariates: [...]) or fewer years",
        )
    risk, notes = risk_of(base, stage, reader, settings)
    inside = np.ix_(np.arange(len(base.years)), keep, keep)
    # Before a country begins its covariates are unknown and are not read; a number there keeps sums finite.
    nodes = {n: np.where(alive, r.values, 0.0)[:, keep] for n, r in readings.items() if COVARIATES[n].kind != PAIR}
    both = alive[:, :, None] & alive[:, None, :]
    dyads = {
        n: (r.values if r.static else np.where(both, r.values, 0.0))[..., keep[:, None], keep]
        for n, r in readings.items()
        if COVARIATES[n].kind == PAIR
    }
    panel = Panel.from_arrays(
        ties[inside],
        years=base.years,
        nodes=names[keep],
        node_covariates=nodes,
        dyad_covariates=dyads,
        risk=risk[inside],
        exists=alive[:, keep],
    )
    return StagePanel(panel, dict(readings), left_out, notes)


def existing(reader: Reader) -> Bool:
    """Return which countries exist in which year, (T, n) bool; a label the dated table does not hold always does."""
    alive = np.array([np.isin(reader.names, reference.existing(year)) for year in reader.years])
    alive[:, ~alive.any(axis=0)] = True
    return alive


def risk_of(base: TradeStudy, stage: str, reader: Reader, settings: AlliancesSettings) -> tuple[Bool, tuple[str, ...]]:
    """Return which pairs can trade a stage, (T, n, n) bool, and the rule in words."""
    flow = np.nan_to_num(base.trade["value_kusd"].sel(stage=stage).to_numpy()) > 0
    shape = flow.shape
    if settings.risk == "all":
        return np.ones(shape, bool), ("Every country counts as able to export to every other.",)
    exports, imports = flow.any(axis=(0, 2)), flow.any(axis=(0, 1))
    able = np.broadcast_to(exports, shape[:2]).copy()
    words = [f"{int(exports.sum())} of {shape[1]} countries exported it in some year"]
    made = _makers(stage, reader) if settings.risk == "made" else None
    if made is not None:
        hubs = _hubs(stage, reader)
        known = made.any(axis=0) | hubs.any(axis=0)
        able &= made | hubs | ~known
        words.append("where output is known, only in the years in which it makes some or is a hub of re-export")
    words.append(f"{int(imports.sum())} imported it in some year")
    risk = able[:, :, None] & imports[None, None, :]
    return risk | flow, (f"Who can trade: {'; '.join(words)}. All other pairs are structural zeros, left out.",)


def _makers(stage: str, reader: Reader) -> Bool | None:
    """Return who makes a stage's goods, (T, n) bool; None where the store does not know."""
    frame = reader.table("production").filter(
        pl.col("stage").is_in(OUTPUTS.get(stage, ())) & (pl.col("commodity") == reader.commodity)
    )
    if frame.filter(pl.col("year").is_in(list(reader.years)))["year"].n_unique() < len(reader.years):
        return None
    made = np.zeros((len(reader.years), len(reader.names)), bool)
    for year, country in frame.filter(pl.col("quantity_t") > 0).select("year", "country").iter_rows():
        if year in reader.years and country in reader.place:
            made[reader.years.index(year), reader.place[country]] = True
    return made


def _hubs(stage: str, reader: Reader) -> Bool:
    """Return who is a flagged hub of re-export, (T, n) bool."""
    found = np.zeros((len(reader.years), len(reader.names)), bool)
    years = np.array(reader.years)
    for country, first, last in (
        reference.facts("hubs").filter(pl.col("stage") == stage).select("country", "from", "to").iter_rows()
    ):
        if country in reader.place:
            found[:, reader.place[country]] |= (years >= (first or 0)) & (years <= (last or 9999))
    return found


def _incomplete(
    name: str, reading: Reading, needed: Sequence[int], reader: Reader, alive: Bool, gone: set[str]
) -> dict[str, str]:
    """Return countries without a value that is read in a year in which they exist, with the reason.

    A pair's covariate that is unknown for one country (a small one, usually) is unknown on a whole row: countries are
    left out from the one with most unknown pairs on, until no unknown pair is left.
    """
    values, title = reading.values, named(name)
    reason = f"{title} unknown"
    stay = np.array([country not in gone for country in reader.names])
    steps = [reader.years.index(year) for year in needed]
    if COVARIATES[name].kind != PAIR:
        lacking = np.isnan(values) & alive
        return {
            reader.names[at]: f"{reason} in {spelled(y for y, s in zip(needed, steps) if lacking[s, at])}"
            for at in np.flatnonzero(lacking[steps].any(axis=0) & stay)
        }
    both = alive[:, :, None] & alive[:, None, :]
    unknown = np.array((np.isnan(values) & both)[steps].any(axis=0))
    np.fill_diagonal(unknown, False)
    found: dict[str, str] = {}
    while True:
        count = (unknown & stay[:, None] & stay).sum(axis=0) + (unknown & stay[:, None] & stay).sum(axis=1)
        if not count.any():
            return found
        worst = int(count.argmax())
        stay[worst] = False
        found[reader.names[worst]] = f"{reason} with others"
