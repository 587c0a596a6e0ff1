"""Messages come by the way that people chose, once; a digest is never lost, and never doubled in silence."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import mail as mail_server
from core.config import settings
from models import Account, Channel, ChatMessage, Digest, DigestEntry, MessagePreference, MessageType, now
from modules import communication_orchestrator
from modules.communication_orchestrator import CommunicationOrchestrator, route_chat_message, route_offer
from modules.live_updates import tell
from schemas.subjects import CHAT_MESSAGE_CREATED, COMMUNICATION_ROUTE, OPPORTUNITY_AVAILABLE, PROJECT_DECISION, STREAMS
from services import digest_mail, digests, preferences
from services.nats_service import NATSService
from tests.e2e.people import until
from tests.smtp_server import SmtpServer, smtp_server
from tests.unit.modules.world import World
from trunkline import Connection, Event, NatsSettings
from trunkline.server import NatsServer
from trunkline.sql import timers
from trunkline.sql.timers import Timer


@pytest_asyncio.fixture
async def smtp(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SmtpServer]:
    """A mail server, which the platform is set to use."""
    async with smtp_server() as server:
        changed = {"smtp_url": SecretStr(server.url), "mail_from": "notices@example.org"}
        for module in (communication_orchestrator, preferences, digest_mail):
            monkeypatch.setattr(module, "settings", settings.model_copy(update=changed))
        yield server


async def conversation(world: World, channel: Channel, *, title: str = "A backend") -> tuple[str, str, str]:
    """An owner, a freelancer who has chosen a way for chat messages, and the project that they speak of."""
    owner, freelancer = await world.owner(), await world.freelancer()
    await world.add(MessagePreference(account_id=freelancer, message_type=MessageType.CHAT, channel=channel))
    return owner, freelancer, await world.project(owner, title=title)


async def write(world: World, owner: str, freelancer: str, project: str) -> ChatMessage:
    """A message of the owner's, routed."""
    message = await world.add(
        ChatMessage(project_id=project, sender_id=owner, recipient_id=freelancer, role="owner", content="Secret")
    )
    await world.do(route_chat_message, message_id=message.id)
    return message


async def due(world: World, account_id: str) -> str:
    """Have the account's digest made; return its id."""
    timer = await world.do(timers.get, kind=digests.COLLECTED, id=account_id)
    assert timer is not None
    await world.do(lambda session: timers.cancel(session, digests.COLLECTED, account_id))
    await world.do(digests.make, timer=timer)
    [digest] = await world.database.read(lambda session: session.scalars(select(Digest)).all())
    return digest.id


@asynccontextmanager
async def orchestrator(nats_server: NatsServer, world: World) -> AsyncIterator[None]:
    """The orchestrator, as long as the block lasts."""
    connection = Connection(NatsSettings(url=SecretStr(nats_server.url)), streams=STREAMS)
    service = NATSService(connection, database=world.database)
    await CommunicationOrchestrator(service, world.database).initialize()
    await service.start()
    try:
        yield
    finally:
        await service.stop()


async def is_sent(world: World, digest_id: str) -> bool:
    return (await world.get(Digest, digest_id)).sent_at is not None


class TestWays:
    @pytest.mark.parametrize(
        ("channel", "live", "collected"),
        [(Channel.LIVE, True, False), (Channel.EMAIL, False, True), (Channel.NONE, False, False)],
    )
    async def test_a_message_goes_by_the_way_that_was_chosen_and_by_no_other(
        self, world: World, smtp: SmtpServer, channel: Channel, live: bool, collected: bool
    ) -> None:
        owner, freelancer, project = await conversation(world, channel)
        message = await write(world, owner, freelancer, project)
        [(subject, data)] = await world.said("communication.>")
        assert (data["channel"], data["recipient_id"], "Secret" in str(data)) == (channel, freelancer, False)
        route = Event.create(subject, data)
        await world.do(tell, event=route, data=data, kind=COMMUNICATION_ROUTE, ids={"message_type": "chat"})
        created = CHAT_MESSAGE_CREATED.build(message_id=message.id)
        event = Event.create(created, {})
        await world.do(tell, event=event, data={}, kind=CHAT_MESSAGE_CREATED, ids={"message_id": message.id})
        assert bool(await world.subjects(f"realtime.{freelancer}")) is live
        seen = [update["data"] for _, update in await world.said(f"realtime.{owner}")]
        shown = {name: value for name, value in data.items() if name != "channel"}
        assert seen == [shown, {}], "the sender sees what the recipient has chosen"
        entries = await world.database.read(lambda session: session.scalars(select(DigestEntry.account_id)).all())
        assert list(entries) == ([freelancer] if collected else [])

    async def test_a_message_that_is_routed_again_is_collected_once(self, world: World, smtp: SmtpServer) -> None:
        owner, freelancer, project = await conversation(world, Channel.EMAIL)
        message = await write(world, owner, freelancer, project)
        await world.do(route_chat_message, message_id=message.id)
        count = await world.database.read(lambda session: len(session.scalars(select(DigestEntry)).all()))
        assert count == 1

    async def test_offers_and_decisions_are_routed_for_those_who_want_mail(
        self, world: World, smtp: SmtpServer
    ) -> None:
        owner, freelancer = await world.owner(), await world.freelancer()
        project = await world.project(owner)
        ids = {"project_id": project, "freelancer_id": freelancer}
        for chosen, kind, subject in (
            (Channel.EMAIL, MessageType.OPPORTUNITY, OPPORTUNITY_AVAILABLE.build(**ids)),
            (Channel.LIVE, MessageType.DECISION, PROJECT_DECISION.build(**ids)),
        ):
            await world.add(MessagePreference(account_id=freelancer, message_type=kind, channel=chosen))
            await world.do(route_offer, message_type=kind, ids=ids, cause=Event.create(subject, {}))
        [(subject, data)] = await world.said("communication.>")
        assert (subject, data["sender_id"]) == ("communication.opportunity.route", None)

    async def test_without_a_mail_server_mail_comes_live(self, world: World) -> None:
        owner, freelancer, project = await conversation(world, Channel.EMAIL)
        await write(world, owner, freelancer, project)
        [(_, data)] = await world.said("communication.>")
        assert data["channel"] == "live"


class TestSending:
    async def test_what_was_collected_goes_out_as_one_mail_without_anybodys_words(
        self, nats_server: NatsServer, world: World, smtp: SmtpServer
    ) -> None:
        owner, freelancer, project = await conversation(world, Channel.EMAIL)
        for _ in range(3):
            await write(world, owner, freelancer, project)
        digest_id = await due(world, freelancer)
        async with orchestrator(nats_server, world):
            await until(partial(is_sent, world, digest_id))
        [mail] = smtp.mails
        text = mail.get_content()
        assert mail["Message-ID"] == f"<digest.{digest_id}@example.org>"
        assert "A backend: 3 new messages" in text
        assert "Secret" not in mail.as_string()
        assert await world.do(timers.get, kind=digests.AGAIN, id=digest_id) is None

    @pytest.mark.parametrize("command", ["MAIL", "END"])
    async def test_a_server_that_is_not_ready_is_asked_again_later_and_the_mail_is_the_same(
        self, nats_server: NatsServer, world: World, smtp: SmtpServer, command: str
    ) -> None:
        owner, freelancer, project = await conversation(world, Channel.EMAIL)
        await write(world, owner, freelancer, project)
        digest_id = await due(world, freelancer)
        smtp.answers[command] = "451 not now"

        async def is_given_back() -> bool:
            digest = await world.get(Digest, digest_id)
            return digest.attempts == 1 and digest.claimed_until is None

        async with orchestrator(nats_server, world):
            await until(is_given_back)
            timer = await world.do(timers.get, kind=digests.AGAIN, id=digest_id)
            assert timer is not None
            assert timer.due < now() + digests.FIRST_PAUSE + timedelta(seconds=1)
            smtp.answers.clear()
            await world.do(lambda session: timers.set(session, digests.AGAIN, digest_id, now()))
            await until(partial(is_sent, world, digest_id))
        assert {mail["Message-ID"] for mail in smtp.mails} == {f"<digest.{digest_id}@example.org>"}

    async def test_a_mail_that_is_refused_for_good_ends_and_says_why(
        self, nats_server: NatsServer, world: World, smtp: SmtpServer
    ) -> None:
        owner, freelancer, project = await conversation(world, Channel.EMAIL)
        await write(world, owner, freelancer, project)
        digest_id = await due(world, freelancer)
        smtp.answers["RCPT"] = "550 nobody of that name"

        async def reason() -> str | None:
            return (await world.get(Digest, digest_id)).refused

        async with orchestrator(nats_server, world):
            assert "nobody of that name" in (await until(reason))
        assert await world.do(timers.get, kind=digests.AGAIN, id=digest_id) is None

    async def test_two_who_would_send_it_at_once_send_it_once(self, world: World, smtp: SmtpServer) -> None:
        owner, freelancer, project = await conversation(world, Channel.EMAIL)
        await write(world, owner, freelancer, project)
        digest_id = await due(world, freelancer)
        claim = partial(digests.claim, digest_id=digest_id)
        assert await world.database.write(claim) is not None
        assert await world.database.write(claim) is None
        await world.do(digests.sent, digest_id=digest_id)
        await world.do(digests.tell_again, timer=Timer(digests.AGAIN, digest_id, now(), {}))
        assert len(await world.subjects("communication.digest.route")) == 1


class TestHostileWords:
    @pytest.mark.parametrize(
        "words",
        [
            "A\r\nBcc: everybody@example.org\r\n\r\nBuy",
            "A\n.\r\nQUIT",
            "\u2028Bcc: x@example.org",
            "x" * 5000,
            "\x00\x1b[2J",
        ],
    )
    async def test_a_title_or_a_name_writes_neither_header_nor_command(
        self, world: World, smtp: SmtpServer, words: str
    ) -> None:
        owner, freelancer, project = await conversation(world, Channel.EMAIL, title=words)
        await world.change(Account, freelancer, name=words)
        await write(world, owner, freelancer, project)
        claimed = await world.do(digests.claim, digest_id=await due(world, freelancer))
        assert claimed is not None
        mail = digest_mail.mail_of(claimed)
        server = mail_server.MailServer.of(smtp.url)
        await server.send(mail)
        [got] = smtp.mails
        assert got["Bcc"] is None
        assert sorted(got.keys()) == sorted({*mail.keys()})
        assert [each.strip() for each in got.get_content().splitlines()] == [
            each.strip() for each in mail.get_content().splitlines()
        ]
        assert len(smtp.recipients) == 1

    @pytest.mark.parametrize("address", ["a,b@example.org", "<a>@example.org", '"@example.org', "a b@example.org", "a"])
    async def test_an_address_that_is_none_is_refused_before_it_is_written(
        self, world: World, smtp: SmtpServer, address: str
    ) -> None:
        claimed = digests.Claimed("1", address, "Ada", [])
        with pytest.raises(mail_server.MailRefused):
            digest_mail.mail_of(claimed)


@pytest.mark.parametrize("url", ["smtp://127.0.0.1:1", "smtps://127.0.0.1:1"])
async def test_a_server_that_is_down_may_be_there_later(smtp: SmtpServer, url: str) -> None:
    mail = digest_mail.mail_of(digests.Claimed("1", "ada@example.org", "Ada", []))
    with pytest.raises(mail_server.MailUnavailable):
        await mail_server.MailServer.of(url).send(mail)


async def test_a_password_is_not_sent_in_the_clear(smtp: SmtpServer) -> None:
    url = smtp.url.replace("smtp://", "smtp://user:secret@")
    mail = digest_mail.mail_of(digests.Claimed("1", "ada@example.org", "Ada", []))
    with pytest.raises(mail_server.MailUnavailable, match="TLS"):
        await mail_server.MailServer.of(url).send(mail)
    assert smtp.mails == []


def test_an_account_has_its_times_whenever_it_is_asked_for_them() -> None:
    """So that many messages do not put the mail off, and not all accounts are written to at once."""
    first = digests.next_time("ada", now())
    assert digests.next_time("ada", first - timedelta(seconds=1)) == first
    assert digests.next_time("ada", first) - first == timedelta(minutes=settings.digest_minutes)
    assert digests.next_time("grace", first) != digests.next_time("ada", first)


async def test_digests_that_ended_long_ago_are_forgotten_with_the_next(world: World, smtp: SmtpServer) -> None:
    owner, freelancer, project = await conversation(world, Channel.EMAIL)
    old = now() - timedelta(days=settings.history_days + 1)
    for ended in ({"sent_at": old}, {"refused": "550"}, {}):
        await world.add(Digest(account_id=freelancer, created_at=old, **ended))
    await write(world, owner, freelancer, project)
    await world.do(digests.make, timer=Timer(digests.COLLECTED, freelancer, now(), {}))
    left = await world.database.read(lambda session: session.scalars(select(Digest)).all())
    assert sorted(digest.created_at > old for digest in left) == [False, True]


async def test_the_next_digest_has_what_was_too_much_for_the_first(
    world: World, smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "MOST_ENTRIES", 1)
    owner, freelancer, project = await conversation(world, Channel.EMAIL)
    for _ in range(2):
        await write(world, owner, freelancer, project)
    await due(world, freelancer)
    timer = await world.do(timers.get, kind=digests.COLLECTED, id=freelancer)
    assert timer is not None

    def left(session: Session) -> int:
        return len(session.scalars(select(DigestEntry).where(DigestEntry.digest_id.is_(None))).all())

    assert await world.database.read(left) == 1
