from pathlib import Path

import pytest
from pydantic import ValidationError

from trunkline import NatsSettings


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in NatsSettings.model_fields:
        monkeypatch.delenv(f"NATS_{field.upper()}", raising=False)


class TestUrl:
    """`NATS_URL` names one server or several; unset, the embedded one is used."""

    def test_unset_is_the_embedded_server(self) -> None:
        assert NatsSettings().url is None
        assert NatsSettings().servers == []

    @pytest.mark.parametrize("empty", ["", " ", "\t\n"])
    def test_empty_is_unset(self, monkeypatch: pytest.MonkeyPatch, empty: str) -> None:
        monkeypatch.setenv("NATS_URL", empty)
        assert NatsSettings().url is None

    @pytest.mark.parametrize(
        "url",
        [
            "nats://localhost:4222",
            "nats://your-nats-domain.up.railway.app:4222",
            "nats://nats.railway.internal:4222",
            "nats://metro.proxy.rlwy.net:40859",
            "tls://host:4222",
            "nats://user:password@host",
            "nats://token@host:4222",
            "wss://host",
            "host:4222",
        ],
    )
    def test_one_server(self, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
        monkeypatch.setenv("NATS_URL", url)
        assert NatsSettings().servers == [url]

    def test_several_servers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NATS_URL", " nats://a:1 , nats://b:2,, nats://c:3,")
        assert NatsSettings().servers == ["nats://a:1", "nats://b:2", "nats://c:3"]

    @pytest.mark.parametrize("url", ["http://host", "nats://ok,redis://no", "nats:// ok, ftp://x"])
    def test_other_schemes_are_refused(self, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
        monkeypatch.setenv("NATS_URL", url)
        with pytest.raises(ValidationError, match="must begin with one of nats://, tls://"):
            NatsSettings()

    def test_list_without_a_url_does_not_start_an_embedded_server(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NATS_URL", " , ")
        with pytest.raises(ValidationError, match="must hold a URL"):
            NatsSettings()


class TestSecrets:
    """A password in a URL shows nowhere."""

    def test_settings_do_not_show_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NATS_URL", "nats://ada:engine@host")
        settings = NatsSettings()
        assert "engine" not in repr(settings) + str(settings) + settings.model_dump_json()

    def test_error_does_not_show_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NATS_URL", "http://ada:engine@host")
        with pytest.raises(ValidationError) as caught:
            NatsSettings()
        assert "engine" not in str(caught.value) + repr(caught.value)


class TestOthers:
    """Every other setting has a default that works, and a check."""

    def test_are_read_from_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NATS_JETSTREAM", "required")
        monkeypatch.setenv("NATS_CREDS_FILE", "/run/secrets/nats.creds")
        monkeypatch.setenv("NATS_PUBLISH_TIMEOUT", "1.5")
        settings = NatsSettings()
        assert settings.jetstream == "required"
        assert settings.creds_file == Path("/run/secrets/nats.creds")
        assert settings.publish_timeout == 1.5

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("JETSTREAM", "maybe"),
            ("CONNECT_TIMEOUT", "0"),
            ("PUBLISH_TIMEOUT", "-1"),
            ("MAX_IN_FLIGHT", "0"),
            ("REPLICAS", "6"),
            ("STREAM_MAX_BYTES", "0"),
            ("EMBEDDED_PORT", "65536"),
        ],
    )
    def test_impossible_values_name_the_setting(self, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
        monkeypatch.setenv(f"NATS_{name}", value)
        with pytest.raises(ValidationError, match=name.lower()):
            NatsSettings()

    def test_every_setting_has_a_meaning(self) -> None:
        for name, field in NatsSettings.model_fields.items():
            assert field.description, name

    def test_cannot_be_changed(self) -> None:
        with pytest.raises(ValidationError, match="frozen"):
            NatsSettings().replicas = 3  # type: ignore[misc]

    def test_foreign_variables_are_left_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NATS_SOMETHING_ELSE", "x")
        assert NatsSettings()
