"""The policy study: what a policy does to prices, trade, welfare and the shape of the network, with a range.

`calibrate` makes a market of a store's flows (`calibration`), `simulate` solves one scenario on it,
`scenario_networks` makes two networks of one, `policy` solves all of them under draws of the elasticities (`study`).
"""

from xenotime.studies.policy.calibration import Calibration, calibrate
from xenotime.studies.policy.networks import scenario_networks
from xenotime.studies.policy.settings import PolicySettings
from xenotime.studies.policy.simulate import Simulated, simulate
from xenotime.studies.policy.study import PolicyStudy, policy

__all__ = [
    "Calibration",
    "PolicySettings",
    "PolicyStudy",
    "Simulated",
    "calibrate",
    "policy",
    "scenario_networks",
    "simulate",
]
