"""Where the servers are and who we are to them: the forms of ``NATS_URL`` and the files beside it.

Everything secret is kept out of what is shown: `Addresses.shown` has host and port only, and `Addresses.redact` takes
user information out of any text that is about to be logged.

User, password and token are taken out of the URLs and handed to the client separately. nats-py does not decode
``%40`` in them, and a server that the cluster announces comes without any, so that a client that moved to it would be
turned away.
"""

import re
import ssl
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from trunkline.errors import ConfigurationError
from trunkline.settings import NatsSettings

_USERINFO = re.compile(r"(?<=//)[^/@\s]*@")
_DEFAULT_PORTS = {"ws": 80, "wss": 443}


@dataclass(frozen=True)
class Addresses:
    """Servers to connect to, and the options that say who connects. `urls` and `options` may hold secrets."""

    urls: tuple[str, ...] = field(repr=False)
    shown: tuple[str, ...]
    options: dict[str, Any] = field(repr=False)
    tls_required: bool
    secrets: tuple[str, ...] = field(repr=False)

    @property
    def key(self) -> str:
        """A name for this set of servers that tells nothing about them; the same in every process."""
        return sha256(",".join(sorted(self.shown)).encode()).hexdigest()[:32]

    def redact(self, text: str) -> str:
        """Return `text` without user information and without any of our own secrets."""
        text = _USERINFO.sub("***@", text)
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text


def read_addresses(urls: list[str], settings: NatsSettings) -> Addresses:
    """Read `urls` and the files that `settings` name.

    Raises:
        ConfigurationError: a URL is malformed, WebSocket and plain URLs are mixed, or a file is missing or unusable.
            The error names the setting and never shows a URL.
    """
    parts = [_split(url) for url in urls]
    if len({part.scheme in _DEFAULT_PORTS for part in parts}) > 1:
        raise ConfigurationError("NATS_URL mixes WebSocket URLs (ws, wss) with others (nats, tls); use one kind")
    credentials = {(part.username, part.password) for part in parts if part.username is not None}
    options: dict[str, Any] = {}
    if len(credentials) == 1:
        parts = [part._replace(netloc=_host_port(part)) for part in parts]
        options.update(_login(*credentials.pop()))
    tls_required = any(part.scheme in ("tls", "wss") for part in parts)
    if tls_required or settings.tls_ca_file or settings.tls_cert_file:
        options["tls"] = _tls_context(settings)
    if settings.creds_file:
        options["user_credentials"] = str(_readable(settings.creds_file, "NATS_CREDS_FILE"))
    if settings.nkey_file:
        options["nkeys_seed"] = str(_readable(settings.nkey_file, "NATS_NKEY_FILE"))
    given = {text for url in urls for part in [_split(url)] for text in (part.username, part.password) if text}
    # Short ones would blot out half of every sentence, and are not secrets worth the name.
    secrets = {form for text in given for form in (text, unquote(text)) if len(form) >= 6}
    return Addresses(
        urls=tuple(urlunsplit(part) for part in parts),
        shown=tuple(_host_port(part) for part in parts),
        options=options,
        tls_required=tls_required,
        secrets=tuple(sorted(secrets, key=len, reverse=True)),
    )


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url if "://" in url else f"nats://{url}")
        port = parts.port
    except ValueError:
        raise ConfigurationError("NATS_URL holds a URL whose host or port cannot be read") from None
    if not parts.hostname:
        raise ConfigurationError("NATS_URL holds a URL without a host")
    if port == 0:
        raise ConfigurationError("NATS_URL holds a URL with port 0")
    return parts


def _host_port(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    return f"{host}:{parts.port or _DEFAULT_PORTS.get(parts.scheme, 4222)}"


def _login(user: str | None, password: str | None) -> dict[str, str]:
    if password is None:
        return {"token": unquote(user or "")}
    return {"user": unquote(user or ""), "password": unquote(password)}


def _tls_context(settings: NatsSettings) -> ssl.SSLContext:
    if settings.tls_key_file and not settings.tls_cert_file:
        raise ConfigurationError("NATS_TLS_KEY_FILE is set without NATS_TLS_CERT_FILE")
    ca = _readable(settings.tls_ca_file, "NATS_TLS_CA_FILE") if settings.tls_ca_file else None
    try:
        context = ssl.create_default_context(cafile=ca)
    except (ssl.SSLError, OSError) as error:
        raise ConfigurationError(f"NATS_TLS_CA_FILE holds no certificate that can be read: {error}") from error
    if settings.tls_cert_file:
        certificate = _readable(settings.tls_cert_file, "NATS_TLS_CERT_FILE")
        key = _readable(settings.tls_key_file, "NATS_TLS_KEY_FILE") if settings.tls_key_file else None
        try:
            context.load_cert_chain(certificate, key)
        except (ssl.SSLError, OSError) as error:
            raise ConfigurationError(f"NATS_TLS_CERT_FILE and NATS_TLS_KEY_FILE do not fit: {error}") from error
    return context


def _readable(path: Path, setting: str) -> Path:
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise ConfigurationError(f"{setting} names {str(path)!r}, which cannot be read: {error.strerror}") from error
