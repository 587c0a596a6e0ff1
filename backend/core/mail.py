"""The mail server: one mail at a time, by SMTP, in a thread. What it said tells whether another try can help."""

import asyncio
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from email.headerregistry import Address

ANSWER_SECONDS = 20.0
"""How long the server may take for one answer."""
SEND_SECONDS = 90.0
"""How long a mail may take in all."""
_PORTS = {"smtp": 25, "smtps": 465}
_PERMANENT = range(500, 600)


def address(text: str) -> "Address":
    """Return an address as a mail's header takes it; importing what reads them takes milliseconds, so not at the start.

    Raises:
        ValueError: it is no address, or more than one alone.
    """
    from email.errors import HeaderParseError
    from email.headerregistry import Address

    try:
        return Address(addr_spec=text)
    except (HeaderParseError, ValueError, IndexError) as error:
        raise ValueError("must be an address alone, such as notices@example.org") from error


class MailRefused(Exception):
    """The server does not want this mail, and will not want it later."""


class MailUnavailable(Exception):
    """The server could not be reached, or is not ready now."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """An SMTP server. `encrypted` is TLS from the start; else STARTTLS is used where it is offered.

    A password is sent over TLS only.
    """

    host: str
    port: int
    encrypted: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, url: str) -> Self:
        """Return the server of ``smtp://user:password@host:port``, or ``smtps://...``.

        Raises:
            ValueError: it is no such address.
        """
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError("must be smtp://[user:password@]host[:port] or smtps://...")
        user, password = (unquote(part) if part else None for part in (parts.username, parts.password))
        return cls(parts.hostname, parts.port or _PORTS[parts.scheme], parts.scheme == "smtps", user, password)

    async def send(self, mail: EmailMessage) -> None:
        """Hand a mail to the server.

        Raises:
            MailRefused: it does not want this mail.
            MailUnavailable: it could not be reached, did not answer in time, or is not ready.
        """
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await asyncio.to_thread(self._send, mail)
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            raise _kind(code)(f"{code} {said!r}") from error
        except smtplib.SMTPDataError as error:
            raise _kind(error.smtp_code)(f"{error.smtp_code} {error.smtp_error!r}") from error
        except smtplib.SMTPNotSupportedError as error:
            raise MailRefused(str(error)) from error
        except (smtplib.SMTPException, OSError) as error:  # TimeoutError and TLS faults are kinds of OSError
            raise MailUnavailable(f"{type(error).__name__}: {error}") from error

    def _send(self, mail: EmailMessage) -> None:
        server = self._connected()
        try:
            if self.user is not None:
                server.login(self.user, self.password or "")
            server.send_message(mail)
        finally:
            with suppress(smtplib.SMTPException, OSError):  # what it has taken, it has
                server.quit()
            server.close()

    def _connected(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.encrypted:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=ANSWER_SECONDS, context=context)
        server = smtplib.SMTP(self.host, self.port, timeout=ANSWER_SECONDS)
        try:
            server.ehlo_or_helo_if_needed()
            if server.has_extn("starttls"):
                server.starttls(context=context)
            elif self.user is not None:
                raise smtplib.SMTPException("a password goes over TLS only, which the server does not offer")
        except BaseException:
            server.close()
            raise
        return server


def _kind(code: int) -> type[MailRefused] | type[MailUnavailable]:
    return MailRefused if code in _PERMANENT else MailUnavailable
