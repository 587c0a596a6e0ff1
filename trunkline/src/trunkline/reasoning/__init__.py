"""A small port for reasoning: plain functions, or a language model within a budget. Needs ``trunkline[sql]``.

The model's runner needs ``trunkline[openai]`` besides, and is in ``trunkline.reasoning.openai_agents``.
"""

from trunkline.reasoning.budget import BUDGET_EXCEEDED, Budget, BudgetExceededEvent
from trunkline.reasoning.model import Model, ModelSettings, Reply
from trunkline.reasoning.plain import Plain, PlainFunction
from trunkline.reasoning.prompt import Prompt
from trunkline.reasoning.question import Answer, Note, OnText, Reason
from trunkline.reasoning.reasoner import Reasoner
from trunkline.sql.budgets import Limits, Spending

__all__ = [
    "BUDGET_EXCEEDED",
    "Answer",
    "Budget",
    "BudgetExceededEvent",
    "Limits",
    "Model",
    "ModelSettings",
    "Note",
    "OnText",
    "Plain",
    "PlainFunction",
    "Prompt",
    "Reason",
    "Reasoner",
    "Reply",
    "Spending",
]
