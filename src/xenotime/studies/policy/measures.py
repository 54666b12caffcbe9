"""A network before and after a policy: concentration, density, strength, communities, regions, blocs, mediation.

Each measure is a function of one matrix of flows: that of `networks.INDICATORS` or `networks.REGION_MEASURES`, or one
of `mediation`. The community partition is held at the baseline, so that its measures say what the policy did to trade
and not what the search for communities did; every seed gives a partition of its own, and intervals run over these too.
Communities found anew after the policy are a measure of their own, second.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from xenotime import reference
from xenotime.core import generator
from xenotime.networks import COMMUNITY_METHODS, INDICATORS, REGION_MEASURES, RULES, communities
from xenotime.networks.regions.distance import distances_km
from xenotime.studies.policy.mediation import carried_share, direct_share

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RULE = "import_share"
#: Blocs whose members' trade with each other is measured.
BLOCS = ("MSP", "BRICS")


@dataclass(frozen=True, eq=False)
class Frame:
    """What a market's networks are measured against; made from its baseline and then held.

    Attributes
    ----------
    names : tuple of str (n,)
        Countries, ISO 3166 alpha-3.
    partitions : ndarray of int (partitions, n)
        Communities of the baseline, found with as many seeds; −1 for none.
    regions : ndarray of int (n,)
    blocs : mapping of name to ndarray of int (n,)
        0 for members, −1 for others.
    distance : ndarray (n, n)
        km.
    minimum_share : float
        Import share from which a flow is a tie.
    """

    names: tuple[str, ...]
    partitions: Ints
    regions: Ints
    blocs: dict[str, Ints]
    distance: Floats
    minimum_share: float

    @classmethod
    def of(cls, trade: xr.Dataset, partitions: int, seed: int) -> "Frame":
        """Find the communities of a baseline with `partitions` seeds, and its regions and blocs.

        Each is one search and no consensus of many, so that the luck of the search is in the spread over seeds.
        """
        names = [str(name) for name in trade["exporter"].values]
        found = []
        for k in range(partitions):
            of_seed = int(generator(seed, "policy", "partition", k).integers(2**31))
            members = communities(trade, runs=1, coupling=0.0, seed=of_seed).members
            by_name = dict(members.select("country", "community").iter_rows())
            found.append([by_name.get(name, -1) for name in names])
        year = int(trade["year"].values[0])
        region = dict(reference.countries().select("iso3", "region").drop_nulls().iter_rows())
        labels = sorted(set(region.values()))
        blocs = {bloc: np.where(np.isin(names, reference.members(bloc, year)), 0, -1) for bloc in BLOCS}
        return cls(
            names=tuple(names),
            partitions=np.array(found, dtype=np.int64),
            regions=np.array([labels.index(region[name]) if name in region else -1 for name in names]),
            blocs=blocs,
            distance=distances_km(names),
            minimum_share=RULES[RULE].parameters["minimum_share"].default,
        )


@dataclass(frozen=True)
class Measure:
    """One measure of a network.

    Attributes
    ----------
    name, title, unit : str
    function : callable
        ``function(flows, frame) -> float`` or one value a partition.
    decimals : int
        For tables.
    """

    name: str
    title: str
    unit: str
    function: Callable[[Floats, Frame], float | Floats]
    decimals: int = 3


def _indicator(name: str) -> Callable[[Floats, Frame], float]:
    one = INDICATORS[name]

    def measured(flows: Floats, frame: Frame) -> float:
        arrays = {
            "value_kusd": _off(flows),
            "ties": RULES[RULE].compute(flows, minimum_share=np.array(frame.minimum_share)),
            "known": ~np.eye(len(flows), dtype=bool),
        }
        return float(np.nanmean(one.function(*(arrays[need] for need in one.needs))))

    return measured


def _off(flows: Floats) -> Floats:
    own = flows.copy()
    np.fill_diagonal(own, np.nan)
    return own


def _of_partitions(name: str) -> Callable[[Floats, Frame], Floats]:
    function = REGION_MEASURES[name].function
    return lambda flows, frame: np.array([function(flows, group, frame.distance) for group in frame.partitions])


def _of_regions(name: str) -> Callable[[Floats, Frame], float]:
    function = REGION_MEASURES[name].function
    return lambda flows, frame: function(flows, frame.regions, frame.distance)


def _of_bloc(bloc: str) -> Callable[[Floats, Frame], float]:
    function = REGION_MEASURES["within_share"].function
    return lambda flows, frame: function(flows, frame.blocs[bloc], frame.distance)


_MEASURES = (
    Measure("export_hhi", "Concentration of exporters (HHI)", "", _indicator("export_hhi")),
    Measure("import_hhi", "Concentration of importers (HHI)", "", _indicator("import_hhi")),
    Measure("supplier_hhi", "Concentration of suppliers (HHI), mean importer", "", _indicator("supplier_hhi")),
    Measure("density", "Density of ties of dependence", "", _indicator("density"), 4),
    Measure("strength", "Mean strength of ties", "kUSD", _indicator("average_weighted_degree"), 0),
    Measure("modularity", "Modularity of the baseline's communities", "", _of_partitions("modularity")),
    Measure("within_communities", "Trade within the baseline's communities", "share", _of_partitions("within_share")),
    Measure("within_regions", "Trade within world regions", "share", _of_regions("within_share")),
    Measure("regional_intensity", "Trade within regions over chance", "ratio", _of_regions("relative_intensity")),
    Measure("mean_distance", "Mean distance of trade", "km", _of_regions("mean_distance"), 0),
    *(
        Measure(f"within_{bloc.lower()}", f"Trade of {bloc} that stays inside", "share", _of_bloc(bloc))
        for bloc in BLOCS
    ),
    Measure(
        "china_us_direct",
        "Chinese goods in the United States that came directly",
        "share",
        lambda flows, frame: direct_share(flows, frame.names),
    ),
    Measure(
        "china_us_carried",
        "Chinese goods in the United States carried by Japan, Malaysia and Viet Nam",
        "share",
        lambda flows, frame: carried_share(flows, frame.names),
    ),
)

MEASURES = {one.name: one for one in _MEASURES}
#: Communities found anew: name and title of the measure that `found_anew` gives.
ANEW = Measure("modularity_anew", "Modularity of communities found anew", "", lambda flows, frame: float("nan"))


def measure(flows: Floats, frame: Frame) -> dict[str, Floats]:
    """Return every measure of one network, one value a partition: (partitions,)."""
    count = len(frame.partitions)
    return {
        name: np.broadcast_to(np.asarray(one.function(flows, frame), dtype=float), (count,))
        for name, one in MEASURES.items()
    }


def found_anew(flows: Floats, seeds: Sequence[int]) -> Floats:
    """Return the modularity of communities searched on these flows, one value a seed."""
    here = (flows.sum(axis=0) + flows.sum(axis=1)) > 0
    trading = np.ascontiguousarray(flows[np.ix_(here, here)])
    method = COMMUNITY_METHODS["modularity"]
    labels = method.search(trading, 1.0, np.array(seeds, dtype=np.int64))
    return np.asarray(method.quality(trading, labels, 1.0), dtype=float)
