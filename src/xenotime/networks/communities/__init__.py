"""Communities of yearly trade networks: found, agreed on over many runs, followed (docs/communities.md)."""

from xenotime.networks.communities.detect import communities
from xenotime.networks.communities.methods import COMMUNITY_METHODS, Method
from xenotime.networks.communities.result import Communities
from xenotime.networks.communities.scan import resolution_scan
from xenotime.networks.communities.tracks import Event

__all__ = ["COMMUNITY_METHODS", "Communities", "Event", "Method", "communities", "resolution_scan"]
