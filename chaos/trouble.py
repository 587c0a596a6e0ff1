"""What an event does to its handler, and a note of each time that it was done.

A fault that an event was to make counts when a handler has met it, not when the event was accepted.
"""

import asyncio
from typing import Literal

from chaos.setting import Setting
from trunkline import Message

Trouble = Literal["none", "raise", "hang", "poison", "bury"]

HANG_SECONDS = 2.0
RAISES = 2
"""How often the handler raises for an event that makes it raise."""


class NotMendedYet(Exception):
    """The event cannot be handled before its dead letter is replayed."""


async def make_trouble(trouble: Trouble, msg: Message, setting: Setting) -> None:
    """Raise, or hang, as the event says; poison never comes here, as its payload cannot be read."""
    if trouble == "raise" and msg.deliveries <= RAISES:
        setting.note("raise")
        raise RuntimeError("the event makes its handler raise")
    if trouble == "bury" and msg.event.round == 0:
        setting.note("bury")
        raise NotMendedYet("the event waits for its replay")
    if trouble == "hang" and msg.deliveries == 1:
        try:
            await asyncio.sleep(10 * HANG_SECONDS)
        except asyncio.CancelledError:
            setting.note("hang")
            raise
