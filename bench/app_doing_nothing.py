"""The platform whose `POST /nats/publish` does everything but publish: what HTTP, routing and validation alone cost.

Served by Uvicorn from the folder of the platform, as the platform is.
"""

from api.problems import problem_responses
from api.v1 import nats
from schemas.nats_api import PublishBody, ReceiptView
from trunkline import Guarantee

PUBLISH = 0
"""The place of the route in its router, from which it is taken; else the first of the two would answer."""

routes = nats.trials.routes
replaced = routes.pop(PUBLISH)
assert getattr(replaced, "path", None) == "/nats/publish"


@nats.trials.post("/publish", summary="Publish an event", responses=problem_responses(413, 422, 503))
async def publish(body: PublishBody, service: nats.Service) -> ReceiptView:
    """Answer as if."""
    return ReceiptView(
        guarantee=Guarantee.STORED,
        event_id="0192d3a0-5a7c-7c8e-9d0b-2f1e3c4d5a6b",
        subject=body.subject,
        stream="EVENTS",
        sequence=1,
    )


routes.insert(PUBLISH, routes.pop())

from main import app  # noqa: E402, it takes the routes as they are now

__all__ = ["app"]
