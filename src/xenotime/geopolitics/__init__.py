"""Events and treaties into yearly networks of cooperation, conflict and alignment (docs/geopolitics.md).

`event_networks` takes counted events, `from_indices` ready indices, `relation` and `country_index` treaties, disputes,
votes and positions; `alignment` combines them, `threshold` and `backbone` select ties, `centralities` makes covariates
of countries, `agreement_between` compares sources. Every result says in ``attrs["choices"]`` how it was made, and holds
NaN where its source cannot know.
"""

from xenotime.geopolitics.agreement import agreement_between
from xenotime.geopolitics.alignment import alignment, balance
from xenotime.geopolitics.centrality import CENTRALITIES, Centrality, centralities
from xenotime.geopolitics.events import event_networks
from xenotime.geopolitics.indices import from_indices
from xenotime.geopolitics.measures import MEASURES, NORMALISATIONS, TRANSFORMS
from xenotime.geopolitics.overview import summary, top_pairs
from xenotime.geopolitics.relations import country_index, index_distance, relation, world_index
from xenotime.geopolitics.ties import backbone, threshold

__all__ = [
    "CENTRALITIES",
    "MEASURES",
    "NORMALISATIONS",
    "TRANSFORMS",
    "Centrality",
    "agreement_between",
    "alignment",
    "backbone",
    "balance",
    "centralities",
    "country_index",
    "event_networks",
    "from_indices",
    "index_distance",
    "relation",
    "summary",
    "threshold",
    "top_pairs",
    "world_index",
]
