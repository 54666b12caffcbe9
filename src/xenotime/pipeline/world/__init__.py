"""The embedded world: rare-earth trade by stage whose truth is known; reconstructed, never observed."""

from xenotime.pipeline.world.demo import demo_store
from xenotime.pipeline.world.world import VARIANTS, World, demo_world

__all__ = ["VARIANTS", "World", "demo_store", "demo_world"]
