"""Equilibrium models of one good's world market under trade policy: GSIM, linear and exact.

Follows the Global Simulation Model (Francois & Hall 2009) and its exact form. The models take arrays and know nothing
of sources, stores or files. Matrices are ``[exporter, importer]``; rates are fractions (0.25); prices and quantities
are over their base (1.0 = unchanged).

**A base**: ``Market.from_arrays(flows, tariffs=, names=, demand=, supply=, substitution=, export_taxes=,
output_subsidies=, own_trade=)``; ``market.with_elasticities(...)``; ``market.pairs(exporters, importers)``.

**A change of policy**: `Shock`, the whole counterfactual. ``Shock.base(market)`` changes nothing; every method returns
a new shock: ``add_tariff, replace_tariff, add_export_tax, replace_export_tax (rate, exporters=None, importers=None)``,
``add_output_subsidy(rate, countries)``, ``add_friction(rate, …)`` (a cost nobody collects), ``ban(exporters, importers,
choke=None)``, ``limit(*limits)``, and ``set_tariffs, set_export_taxes, set_output_subsidies (array)``. Limits are
`Quota`, `Undertaking`, `Floor`, `Cap`. An instrument implements `Policy`: a pure ``apply(shock) -> shock``; policies
compose by following one another. ``shock.market`` gives the base (names, flows, volumes, theta).

**A solve**: ``gsim(market, policy=None, *, tariffs=, export_taxes=, output_subsidies=, limits=(), form="exact",
nest=None, throw=True) -> Equilibrium``, which holds ``prices, quantities, composite_prices``; ``flows`` with ``volume,
producer, border, landed``; ``welfare, world, trade_change, limits, status, residual, iterations, flags``;
``to_frame()`` by country and ``flow_frame()`` by pair.

**Many solves**: ``gsim_batch(market, shocks, demand=, supply=, substitution=)``: every shock under every draw of the
elasticities, with a status for each (`xenotime.markets.batch`).
"""

from xenotime.markets.accounts import Flows
from xenotime.markets.batch import Batch, gsim_batch
from xenotime.markets.equilibrium import Equilibrium, SolverError
from xenotime.markets.market import Market
from xenotime.markets.model import gsim
from xenotime.markets.nests import NESTS
from xenotime.markets.shock import Cap, Floor, Limit, Policy, Quota, Shock, Undertaking

__all__ = [
    "NESTS",
    "Batch",
    "Cap",
    "Equilibrium",
    "Floor",
    "Flows",
    "Limit",
    "Market",
    "Policy",
    "Quota",
    "Shock",
    "SolverError",
    "Undertaking",
    "gsim",
    "gsim_batch",
]
