"""What is refused, and named, rather than computed: covariates, lags, sizes, levels."""

import numpy as np
import pytest
from after_fit import COVARIATES, small_fit
from tergm_panels import random_panel

from xenotime.core import InputError
from xenotime.tergm import Panel, fit


@pytest.mark.parametrize(
    "term", ["memory('stability', lag=1.5)", "delrecip(lag=2.7)", "edgecov('w', lag=TRUE)", "edgecov('w', lag='1')"]
)
def test_a_lag_is_a_whole_number(term):
    with pytest.raises(InputError, match="a lag must be a whole number"):
        fit(f"edges + {term}", random_panel())


def test_a_dyad_covariate_of_an_undirected_panel_is_symmetric():
    base = random_panel(directed=False)
    w = base.dyad_values("w").copy()
    w[1, 4, 2] += 1
    with pytest.raises(InputError, match="2002: n2 – n4: dyad covariate 'w' is not symmetric"):
        Panel.from_arrays(base.ties, base.years, base.nodes, False, dyad_covariates={"w": w})
