"""The calibration in force, and what operators are told of it."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models import CalibrationVersion
from schemas.calibrations import CalibrationsView, CalibrationView
from sourcing.calibration import PRIOR, Calibration

SHOWN = 50


def newest(session: Session) -> Calibration:
    """Return the calibration in force: the newest that was fitted, or the prior."""
    row = session.scalar(_newest_first().limit(1))
    return Calibration(row.version, row.a, row.b, row.c) if row is not None else PRIOR


def report(session: Session) -> CalibrationsView:
    """Return the newest versions, newest first, each with its calibration."""
    rows = session.scalars(_newest_first().limit(SHOWN)).all()
    return CalibrationsView(
        in_force=rows[0].version if rows else PRIOR.version,
        versions=[CalibrationView.model_validate(row) for row in rows],
    )


def _newest_first() -> Select[CalibrationVersion]:
    return select(CalibrationVersion).order_by(CalibrationVersion.version.desc())
