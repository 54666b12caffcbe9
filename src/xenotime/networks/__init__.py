"""Tables to labelled cubes, dependence rules, indicators; see `build`."""
