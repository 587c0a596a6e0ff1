"""What the agents of this process reason with: plain functions, or the language model that the settings name.

What one task may spend on a model, with all that it leads to, is held in the database for all processes together.
"""

from core.config import settings
from core.database import database
from core.settings import Settings
from services.outgoing import SOURCE
from sourcing.drafting import draft_plainly
from sourcing.owners_message import read_message
from sourcing.refining import refine_plainly
from trunkline.reasoning import Budget, Limits, ModelSettings, Plain, Reasoner
from trunkline.sql import Database

CV_ANALYSIS = "cv_analysis"
REQUIREMENTS = "requirements_gathering"
CLARIFICATION = "clarification_drafting"

PLAIN = Plain({CV_ANALYSIS: refine_plainly, REQUIREMENTS: read_message, CLARIFICATION: draft_plainly})


class Reasoning:
    """A reasoner made of settings, and the model's connections that it holds.

    Raises:
        ConfigurationError: the settings name a model, and openai-agents is not installed.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        self._model = None
        if settings.llm_runner == "openai":
            from trunkline.reasoning.openai_agents import OpenAIAgentsModel  # seconds to import, and an extra

            self._model = OpenAIAgentsModel(model_settings(settings))
        budget = Budget(database, limits(settings), source=SOURCE)
        self.reasoner = Reasoner(PLAIN, model=self._model, budget=budget)

    async def close(self) -> None:
        """Close the connections to the model's server."""
        if self._model is not None:
            await self._model.close()


def model_settings(settings: Settings) -> ModelSettings:
    """Return what the settings say of the model."""
    return ModelSettings(
        model=settings.llm_model or "",
        base_url=settings.llm_base_url,
        api_key=settings.llm_api_key,
        tracing=settings.llm_tracing,
        time_limit=settings.llm_timeout,
        max_output_tokens=settings.llm_max_output_tokens,
        input_price=settings.llm_input_price,
        output_price=settings.llm_output_price,
    )


def limits(settings: Settings) -> Limits:
    """Return what a task tree may spend."""
    return Limits(
        tokens=settings.llm_budget_tokens,
        cost=settings.llm_budget_cost,
        calls=settings.llm_budget_calls,
        seconds=settings.llm_budget_seconds,
    )


reasoning = Reasoning(settings, database)


async def get_reasoner() -> Reasoner:
    """Return the process's reasoner; a dependency of the routes."""
    return reasoning.reasoner
