"""The alliances study: how much cooperation and conflict make and break trade ties, at which stage, and how fast."""

from xenotime.studies.alliances.covariates import COVARIATES, catalogue
from xenotime.studies.alliances.estimate import Estimate, estimate
from xenotime.studies.alliances.settings import AlliancesSettings
from xenotime.studies.alliances.study import AlliancesStudy, alliances

__all__ = ["COVARIATES", "AlliancesSettings", "AlliancesStudy", "Estimate", "alliances", "catalogue", "estimate"]
