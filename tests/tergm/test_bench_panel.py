"""Model P on the bench panel of the rare-earth size, where R's btergm and Python's ergmx agree to every digit shown."""

import os
from pathlib import Path

import numpy as np
import pytest

from xenotime.tergm import Panel, fit

ROOT = Path(__file__).resolve().parents[2]
BENCH = Path(os.environ.get("XENOTIME_BENCH_PANEL", ROOT.parent / "shared" / "reference" / "bench" / "panel.npz"))
PUBLISHED = {
    "edges": -2.464396100, "mutual": 1.558847130, "gwesp.OTP.fixed.0.5": 0.006559491,
    "gwideg.fixed.0.5": -0.163199694, "gwodeg.fixed.0.5": -0.448082571, "nodeicov.gdp": 0.622972899,
    "nodeocov.supply": 0.441499957, "edgecov.w1": -0.292717157, "edgecov.w2": 0.380568859,
    "memory.stability": 1.544182567,
}  # fmt: skip


@pytest.mark.reference
@pytest.mark.skipif(not BENCH.exists(), reason=f"no bench panel at {BENCH} (set XENOTIME_BENCH_PANEL)")
def test_model_p_is_btergms():
    data = np.load(BENCH)
    panel = Panel.from_arrays(
        data["A"],
        node_covariates={name: data[name] for name in ("gdp", "supply")},
        dyad_covariates={name: data[name] for name in ("w1", "w2")},
    )
    result = fit(
        "edges + mutual + gwesp(0.5, fixed=TRUE) + gwidegree(0.5, fixed=TRUE) + gwodegree(0.5, fixed=TRUE)"
        " + nodeicov('gdp') + nodeocov('supply') + edgecov('w1') + edgecov('w2') + memory('stability')",
        panel,
    )
    assert result.observations == 428_120
    assert list(result.params) == list(PUBLISHED)
    np.testing.assert_allclose(result.estimates, list(PUBLISHED.values()), atol=1e-8)
