"""`publish` and `publish-10kb`: durable publish, typed, with an event id, by 256 callers at once."""

from functools import partial

from bench.events import LARGE_BODY_BYTES
from bench.place import on_a_server
from bench.publishers import with_faststream, with_nats_py, with_trunkline
from bench.streams import check_stored
from bench.work import Work

CALLERS = 256

WORK = Work(
    name="publish",
    description=f"durable publish, typed, with event id, {CALLERS} concurrent callers",
    place=on_a_server,
    ours=partial(with_trunkline, callers=CALLERS),
    peers={
        "FastStream": partial(with_faststream, callers=CALLERS),
        "nats-py js.publish": partial(with_nats_py, callers=CALLERS),
    },
    times=20_000,
    quick_times=5_000,
    goal={"FastStream": 4.0, "nats-py js.publish": 2.5},
    check=check_stored,
)

LARGE = Work(
    name="publish-10kb",
    description="the same with 10 KB of JSON",
    place=on_a_server,
    ours=partial(with_trunkline, callers=CALLERS, size=LARGE_BODY_BYTES),
    peers={
        "FastStream": partial(with_faststream, callers=CALLERS, size=LARGE_BODY_BYTES),
        "nats-py js.publish": partial(with_nats_py, callers=CALLERS, size=LARGE_BODY_BYTES),
    },
    times=8_000,
    quick_times=1_500,
    check=check_stored,
)
