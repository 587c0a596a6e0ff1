"""Settings: what is derived, what is refused, and that a refusal shows no secret."""

import re
import secrets
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from core.config import BACKEND, Settings, load_settings
from core.settings import PUBLISHED_SECRETS
from trunkline import ConfigurationError

LONG_SECRET = secrets.token_urlsafe(48)


WRITTEN_SECRET = re.compile(r"""SECRET(?:_KEY)?["']?\s*[=:]\s*["']?([^\s"'$(]{32,})""", re.IGNORECASE)


def is_taken(secret: str) -> bool:
    """Whether a production start takes it."""
    try:
        Settings(environment="production", secret_key=secret)
    except ValidationError:
        return False
    return True


class TestDefaults:
    """Everything has a default that works, in one folder."""

    def test_database_and_files_are_in_the_data_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATA_DIR", str(tmp_path))
        settings = Settings()
        assert settings.database_url == f"sqlite:///{tmp_path}/app.db"
        assert settings.files_url == f"file://{tmp_path}/files"

    def test_an_empty_variable_is_one_that_is_not_set(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("DATABASE_URL", "SECRET_KEY", "TOKEN_MINUTES", "CORS_ORIGINS"):
            monkeypatch.setenv(name, "")
        settings = Settings()
        assert settings.database_url.startswith("sqlite:///")
        assert settings.secret_key is None
        assert settings.cors_origins == []

    def test_a_relative_data_folder_does_not_depend_on_the_current_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert Settings(data_dir=Path("../here")).data_dir == BACKEND.parent / "here"

    @pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
    def test_a_hosts_database_url_gets_its_driver(self, scheme: str) -> None:
        assert Settings(database_url=f"{scheme}://u:p@h/n").database_url == "postgresql+psycopg://u:p@h/n"

    def test_origins_are_separated_by_commas(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CORS_ORIGINS", "https://a.example, https://b.example")
        assert Settings().cors_origins == ["https://a.example", "https://b.example"]


class TestTheSecret:
    """Production has its own, which is hard to guess; elsewhere one is made once."""

    @pytest.mark.parametrize("secret", ["short", "x" * 64, "changeme" * 8])
    def test_one_that_can_be_guessed_is_refused(self, secret: str) -> None:
        with pytest.raises(ValidationError, match="chosen at random"):
            Settings(secret_key=secret)

    @pytest.mark.parametrize(
        "secret",
        [
            *sorted(PUBLISHED_SECRETS),
            "change-me-change-me-in-production-0123",
            "CHANGE_ME_0123456789abcdefghijklmnopqrstuvw",
            "your-secret-goes-here-please-0123456789",
            "<at least 32 random characters>  ",
        ],
    )
    def test_a_placeholder_is_refused_and_so_is_what_anybody_can_read_here(self, secret: str) -> None:
        with pytest.raises(ValidationError, match="is a placeholder or stands in the repository"):
            Settings(environment="production", secret_key=secret)

    def test_no_file_of_the_repository_holds_a_secret_that_would_be_taken(self) -> None:
        listing = ["git", "ls-files", "-z"]
        root = BACKEND.parent
        listed = subprocess.run(listing, cwd=root, capture_output=True, text=True, timeout=60)
        if listed.returncode != 0:
            pytest.skip("not a git checkout")
        files = [root / name for name in listed.stdout.split("\0") if (root / name).is_file()]
        texts = [file.read_bytes().decode(errors="replace") for file in files]
        written = {secret for text in texts for secret in WRITTEN_SECRET.findall(text)}
        assert [secret for secret in written if is_taken(secret)] == []

    def test_the_refusal_names_the_variable_and_says_what_would_do(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SECRET_KEY", "short")
        with pytest.raises(ConfigurationError, match=r"^SECRET_KEY: must be at least 32 characters"):
            load_settings()

    def test_production_needs_one(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="SECRET_KEY"):
            Settings(environment="production", data_dir=tmp_path).signing_key()

    def test_production_takes_a_good_one(self, tmp_path: Path) -> None:
        Settings(environment="production", data_dir=tmp_path, secret_key=LONG_SECRET).signing_key()

    def test_elsewhere_one_is_made_and_kept_for_the_owner_only(self, tmp_path: Path) -> None:
        first = Settings(environment="development", data_dir=tmp_path / "new").signing_key()
        assert Settings(environment="development", data_dir=tmp_path / "new").signing_key() == first
        assert len(first) >= 32
        assert stat.S_IMODE((tmp_path / "new" / "secret_key").stat().st_mode) == 0o600
        assert [path.name for path in (tmp_path / "new").iterdir()] == ["secret_key"]

    def test_a_data_folder_that_cannot_be_written_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(ConfigurationError, match="DATA_DIR"):
            Settings(environment="development", data_dir=tmp_path / "file" / "below").signing_key()


def test_a_wrong_setting_stops_the_start_and_is_named_without_its_value() -> None:
    environment = {"ENVIRONMENT": "test", "SECRET_KEY": "hunter2", "TOKEN_MINUTES": "soon", "PATH": ""}
    run = subprocess.run(
        [sys.executable, "-c", "import core.config"], cwd=BACKEND, env=environment, capture_output=True, text=True
    )
    assert run.returncode == 1
    last = run.stderr.strip().splitlines()[-1]
    assert "SECRET_KEY" in last
    assert "TOKEN_MINUTES" in last
    assert "hunter2" not in run.stderr


def test_a_wrong_setting_draws_in_no_other_whose_default_depends_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "prod")
    with pytest.raises(ConfigurationError, match=r"^ENVIRONMENT: [^;]*$"):
        load_settings()


def test_every_setting_stands_in_the_example() -> None:
    example = (BACKEND / ".env.example").read_text()
    from trunkline import NatsSettings

    names = [name.upper() for name in Settings.model_fields]
    names += [f"NATS_{name.upper()}" for name in NatsSettings.model_fields]
    assert [name for name in names if f"\n#{name}=" not in example] == []
