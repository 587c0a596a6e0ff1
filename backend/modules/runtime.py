"""Which modules run with the application.

They stop with the service that they listen on, which ends all subscriptions at once, in one limit for them all.
"""

import structlog

from modules.communication_orchestrator import CommunicationOrchestrator
from modules.cv_analyzer import CVAnalyzer
from modules.freelancer_opportunity import FreelancerOpportunityHandler
from modules.live_updates import LiveUpdates
from modules.performance_analytics import PerformanceAnalytics
from modules.profile_builder import ProfileBuilder
from modules.requirements import RequirementsAgent
from services.nats_service import NATSService
from trunkline import NATSAwareAgent
from trunkline.sql import Database

log = structlog.get_logger(__name__)


async def start_modules(nats_service: NATSService, database: Database) -> list[NATSAwareAgent]:
    """Start every module on `nats_service`, and return them."""
    modules: list[NATSAwareAgent] = [
        CVAnalyzer(nats_service, database),
        ProfileBuilder(nats_service, database),
        RequirementsAgent(nats_service, database),
        FreelancerOpportunityHandler(nats_service, database),
        CommunicationOrchestrator(nats_service, database),
        PerformanceAnalytics(nats_service, database),
        LiveUpdates(nats_service, database),
    ]
    for module in modules:
        await module.initialize()
    log.info("modules_started", modules=[module.agent_name for module in modules])
    return modules
