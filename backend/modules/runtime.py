"""Which modules there are, and which of them run.

They stop with the service that they listen on, which ends all subscriptions at once, in one limit for them all.
"""

from collections.abc import Callable, Mapping
from functools import partial

import structlog

from modules.calibration import CalibrationModule
from modules.communication_orchestrator import CommunicationOrchestrator
from modules.coordination import Coordination
from modules.cv_analyzer import CVAnalyzer
from modules.freelancer_opportunity import FreelancerOpportunityHandler
from modules.live_updates import LiveUpdates
from modules.performance_analytics import PerformanceAnalytics
from modules.profile_builder import ProfileBuilder
from modules.requirements import RequirementsAgent
from services.nats_service import NATSService
from trunkline import NATSAwareAgent, chosen
from trunkline.sql import Database
from trunkline.workflows import Workflows
from workflows.declared import DECLARED

log = structlog.get_logger(__name__)


Module = Callable[[NATSService, Database], NATSAwareAgent]


def all_workflows(nats_service: NATSService, database: Database) -> Workflows:
    """Return what has the platform's workflows ring and go on."""
    return Workflows(nats_service, DECLARED)


MODULES: Mapping[str, Module] = {
    "cv_analyzer": CVAnalyzer,
    "profile_builder": ProfileBuilder,
    "requirements": RequirementsAgent,
    "freelancer_opportunity": FreelancerOpportunityHandler,
    "communication_orchestrator": CommunicationOrchestrator,
    "coordination": Coordination,
    "performance_analytics": PerformanceAnalytics,
    "calibration": CalibrationModule,
    "live_updates": LiveUpdates,
    "workflows": all_workflows,
}


def made_on(nats_service: NATSService, database: Database) -> dict[str, Callable[[], NATSAwareAgent]]:
    """Return what makes each module, by its name, for a worker to choose from."""
    return {name: partial(make, nats_service, database) for name, make in MODULES.items()}


async def start_modules(nats_service: NATSService, database: Database, names: str = "all") -> dict[str, NATSAwareAgent]:
    """Start the modules that `names` says on `nats_service`, and return them by name.

    Raises:
        ConfigurationError: as `trunkline.chosen`.
    """
    modules = {name: make() for name, make in chosen(made_on(nats_service, database), names).items()}
    for module in modules.values():
        await module.initialize()
    log.info("modules_started", modules=list(modules))
    return modules


async def stop_searching(modules: Mapping[str, NATSAwareAgent]) -> None:
    """Keep no search index any longer; what listens stops with the service."""
    for module in modules.values():
        if isinstance(module, FreelancerOpportunityHandler):
            await module.stop_searching()
