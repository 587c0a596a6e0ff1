"""An SMTP server on loopback that keeps what it is sent, and fails as it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class SmtpServer:
    """What came: the envelope's recipients and the mails. `answers` are said in place of a yes, by command."""

    url: str = ""
    recipients: list[str] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak with one client, one mail after the other."""
        try:
            await self._converse(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 loopback ready\r\n")
        while line := await reader.readline():
            verb = line[:4].decode("ascii", "replace").upper()
            said = self.answers.get(verb)
            if verb == "RCPT" and said is None:
                self.recipients.append(line.decode().strip())
            if verb == "DATA" and said is None:
                writer.write(b"354 go on\r\n")
                content = await reader.readuntil(b"\r\n.\r\n")
                self.mails.append(message_from_bytes(content[:-5].replace(b"\n..", b"\n."), policy=policy.SMTP))
                said = self.answers.get("END")
            writer.write(f"{said or '250 fine'}\r\n".encode())
            if verb == "QUIT":
                return


@asynccontextmanager
async def smtp_server() -> AsyncIterator[SmtpServer]:
    """Run a server as long as the block lasts."""
    kept = SmtpServer()
    server = await asyncio.start_server(kept.serve, "127.0.0.1", 0)
    kept.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield kept
