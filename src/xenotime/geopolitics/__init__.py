"""Events and treaties into yearly networks of cooperation, conflict and alignment (docs/geopolitics.md).

`event_networks` takes counted events, `from_indices` ready indices, `relation` and `country_index` treaties, disputes,
votes and positions; `centralities` makes covariates of countries. Every result says in ``attrs["choices"]`` how it was
made, and leaves NaN where its source cannot know.
"""

from xenotime.geopolitics.centrality import CENTRALITIES, Centrality, centralities
from xenotime.geopolitics.events import event_networks
from xenotime.geopolitics.indices import from_indices
from xenotime.geopolitics.measures import MEASURES, NORMALISATIONS, TRANSFORMS
from xenotime.geopolitics.relations import country_index, index_distance, relation, world_index

__all__ = [
    "CENTRALITIES",
    "MEASURES",
    "NORMALISATIONS",
    "TRANSFORMS",
    "Centrality",
    "centralities",
    "country_index",
    "event_networks",
    "from_indices",
    "index_distance",
    "relation",
    "world_index",
]
