"""Where data come from, one file a source. A source is a module-level object listed in `SOURCES`; see `base`."""
