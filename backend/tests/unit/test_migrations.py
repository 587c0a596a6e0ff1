"""Migrations: they agree with the models, run once however many processes start, and production asks for them."""

import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect, select
from sqlalchemy.orm import Session

from core.config import BACKEND
from core.database import alembic_config, check_migrated, migrate
from models import Account, Freelancer, Model, Opportunity, OpportunityState, Project, Role, now
from services import offering
from trunkline import ConfigurationError
from trunkline.sql import metadata as trunkline_metadata
from trunkline.sql import timers
from trunkline.testing import PostgresqlServer


def test_migrations_and_models_agree(migrated: Path) -> None:
    with create_engine(f"sqlite:///{migrated}").connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, [Model.metadata, trunkline_metadata]) == []  # type: ignore[arg-type]


def test_migrating_again_changes_nothing(migrated: Path) -> None:
    migrate(f"sqlite:///{migrated}")
    check_migrated(f"sqlite:///{migrated}")


def test_several_processes_may_start_at_once(tmp_path: Path) -> None:
    code = "import sys; from core.database import migrate; migrate(sys.argv[1])"
    url = f"sqlite:///{tmp_path / 'below' / 'app.db'}"
    running = [
        subprocess.Popen([sys.executable, "-c", code, url], cwd=BACKEND, stderr=subprocess.PIPE) for _ in range(3)
    ]
    errors = [process.communicate(timeout=60)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], errors
    check_migrated(url)


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import op

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("power failure")

    monkeypatch.setattr(op, "create_index", fail)
    url = f"sqlite:///{tmp_path / 'app.db'}"
    with pytest.raises(RuntimeError, match="power failure"):
        migrate(url)
    assert inspect(create_engine(url)).get_table_names() == []
    monkeypatch.undo()
    migrate(url)
    check_migrated(url)


def test_tables_of_another_version_are_named(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "app.db").close()
    with pytest.raises(ConfigurationError, match=r"manage\.py migrate"):
        check_migrated(f"sqlite:///{tmp_path / 'app.db'}")


def test_there_is_one_history() -> None:
    from alembic.script import ScriptDirectory

    assert len(ScriptDirectory.from_config(alembic_config()).get_heads()) == 1


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_offers_from_before_there_were_deadlines_get_one(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Not those that were answered."""
    database_url = f"sqlite:///{tmp_path / 'app.db'}"
    if kind == "postgresql":
        server: PostgresqlServer = request.getfixturevalue("postgresql_server")
        database_url = server.create_database("deadlines")
    migrate(database_url)
    states = {
        OpportunityState.AVAILABLE: None,
        OpportunityState.SHORTLISTED: None,
        OpportunityState.INTERESTED: "interested",
    }
    engine = create_engine(database_url)
    with Session(engine) as session:
        owner, *people = (
            Account(email=f"{number}@example.org", password_hash="-", name="Somebody", role=Role.OWNER)
            for number in range(4)
        )
        session.add_all([owner, *people])
        session.flush()
        project = Project(owner_id=owner.id, title="A project", requirements={})
        session.add_all([project, *(Freelancer(id=each.id, name=each.name) for each in people)])
        session.flush()
        for person, (state, answer) in zip(people, states.items(), strict=True):
            session.add(
                Opportunity(
                    project_id=project.id, freelancer_id=person.id, state=state, answer=answer, match_confidence=0.5
                )
            )
        session.commit()
    with engine.begin() as connection:
        configuration = alembic_config()
        configuration.attributes["connection"] = connection
        command.downgrade(configuration, "a94c17d2e05b")
    migrate(database_url)
    with Session(engine) as session:
        for row in session.scalars(select(Opportunity)):
            timer = timers.get(session, offering.EXPIRY, row.id)
            if row.answer is not None:
                assert (row.expires_at, timer) == (None, None)
            else:
                assert timer is not None
                assert row.expires_at == timer.due
                assert row.expires_at > now() + timedelta(days=13)
    engine.dispose()
