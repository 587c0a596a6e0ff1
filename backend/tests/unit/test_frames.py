"""What a live connection is told can be read by its client."""

import json
from dataclasses import replace

from api.v1.frames import frame
from trunkline import Event


def test_a_browser_can_read_frames_whatever_another_program_published() -> None:
    """Its JSON knows no NaN."""
    event = Event.create("realtime.ada", {})
    payload = b'{"event_id": "1", "subject": "a.b", "time": "2026-01-31T09:00:00Z", "data": {"score": NaN}}'
    shown = frame(replace(event, payload=payload), "7").text
    assert json.loads(shown, parse_constant=lambda name: name)["data"] == {"score": None}
