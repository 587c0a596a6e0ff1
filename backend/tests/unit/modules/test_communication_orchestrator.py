"""Who a message is to reach, the database says; the words stay where they are."""

from models import ChatMessage, Clarification, MessageType, Role
from modules.communication_orchestrator import route_chat_message, route_clarification
from tests.unit.modules.world import World


class TestChat:
    async def test_a_message_is_routed_to_whom_it_was_written_without_its_words(self, world: World) -> None:
        owner, freelancer = await world.owner(), await world.freelancer()
        project = await world.project(owner)
        message = await world.add(
            ChatMessage(project_id=project, sender_id=owner, recipient_id=freelancer, role="owner", content="Secret")
        )
        await world.do(route_chat_message, message_id=message.id)
        [(subject, data)] = await world.said()
        assert subject == "communication.chat.route"
        assert (data["message_id"], data["sender_id"], data["recipient_id"]) == (message.id, owner, freelancer)
        assert "Secret" not in str(data)

    async def test_a_message_that_nobody_wrote_goes_nowhere(self, world: World) -> None:
        await world.do(route_chat_message, message_id="789")
        assert await world.said() == []


class TestClarifications:
    async def test_an_owners_question_goes_to_the_freelancer_and_the_answer_back(self, world: World) -> None:
        owner, freelancer = await world.owner(), await world.freelancer()
        assert await self.routes(world, owner, freelancer, Role.OWNER) == [
            ("communication.clarification_request.route", owner, freelancer),
            ("communication.clarification_response.route", freelancer, owner),
        ]

    async def test_a_freelancers_question_goes_to_the_owner_and_the_answer_back(self, world: World) -> None:
        owner, freelancer = await world.owner(), await world.freelancer()
        assert await self.routes(world, owner, freelancer, Role.FREELANCER) == [
            ("communication.clarification_request.route", freelancer, owner),
            ("communication.clarification_response.route", owner, freelancer),
        ]

    async def routes(self, world: World, owner: str, freelancer: str, asked_by: Role) -> list[tuple[str, str, str]]:
        project = await world.project(owner)
        asked = await world.add(
            Clarification(project_id=project, freelancer_id=freelancer, asked_by=asked_by, question="When?")
        )
        for kind in (MessageType.CLARIFICATION_REQUEST, MessageType.CLARIFICATION_RESPONSE):
            await world.do(route_clarification, clarification_id=asked.id, message_type=kind)
        return [
            (subject, data["sender_id"], data["recipient_id"]) for subject, data in await world.said("communication.>")
        ]
