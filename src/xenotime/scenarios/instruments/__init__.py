"""Policy instruments: one pydantic model each, all of them in the `Instrument` union.

To add one, write its class beside the others, put it into `Instrument` and into the tuple below it
(docs/how-to/new-instrument.md). The schema, the docs row and the contract tests follow.
"""

from typing import Annotated, get_args

from pydantic import Field

from xenotime.scenarios.instruments.base import Measure, Reach
from xenotime.scenarios.instruments.blocs import Decoupling, FriendShoring
from xenotime.scenarios.instruments.compound import Combination, Retaliation
from xenotime.scenarios.instruments.prices import PriceCap, PriceFloor, PriceUndertaking
from xenotime.scenarios.instruments.quantities import ExportBan, ExportLicence, ExportQuota, ImportQuota, SourceLimit
from xenotime.scenarios.instruments.taxes import (
    AntiDumpingDuty,
    ExportSubsidy,
    ExportTax,
    ImportTariff,
    Liberalisation,
    OutputSubsidy,
)

Instrument = Annotated[
    ExportTax
    | ExportSubsidy
    | ExportQuota
    | ExportBan
    | ExportLicence
    | ImportTariff
    | AntiDumpingDuty
    | ImportQuota
    | SourceLimit
    | OutputSubsidy
    | PriceFloor
    | PriceCap
    | PriceUndertaking
    | Liberalisation
    | FriendShoring
    | Decoupling
    | Retaliation
    | Combination,
    Field(discriminator="kind"),
]
"""Any one instrument; `kind` says which."""

INSTRUMENTS: dict[str, type[Measure]] = {
    str(model.model_fields["kind"].default): model for model in get_args(get_args(Instrument)[0])
}
"""Every instrument by its kind, in the order of the union."""

Combination.model_rebuild(_types_namespace={"Instrument": Instrument})

__all__ = ["INSTRUMENTS", "Instrument", "Measure", "Reach"]
