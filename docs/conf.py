from xenotime import __version__

project = "xenotime"
author = "The xenotime developers"
copyright = "2026, the xenotime developers"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "xenotime"
exclude_patterns = ["_build"]
autodoc_typehints = "none"
