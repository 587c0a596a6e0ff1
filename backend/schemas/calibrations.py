"""The calibrations of the match confidence, as the API shows them to operators."""

from datetime import datetime

from pydantic import BaseModel, Field

from schemas.strict import View


class BinView(View):
    """Answers of like confidence: the mean confidence, the share of yes among them, and their share of all weight."""

    predicted: float
    observed: float
    share: float


class CalibrationView(View):
    """A fitted version: log-odds of a yes = c + a log(s) - b log(1 - s), where s = 0.01 + 0.98 * score."""

    version: int
    a: float
    b: float
    c: float
    outcomes: int = Field(description="Answers it was fitted to.")
    accounts: int = Field(description="Accounts that gave them.")
    calibration_error: float = Field(description="Expected calibration error, on accounts it was not fitted to.")
    bins: list[BinView]
    fitted_at: datetime


class CalibrationsView(BaseModel):
    """The version in force (0: the prior, which reads the score as the probability), and the newest versions."""

    in_force: int
    versions: list[CalibrationView]
