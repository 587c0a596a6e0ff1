"""`publish`: durable publish, typed, with an event id, by 256 callers at once."""

from functools import partial

from bench.publishers import with_faststream, with_nats_py, with_trunkline
from bench.work import Work

CALLERS = 256

WORK = Work(
    name="publish",
    description=f"durable publish, typed, with event id, {CALLERS} concurrent callers",
    ours=partial(with_trunkline, callers=CALLERS),
    peers={
        "FastStream": partial(with_faststream, callers=CALLERS),
        "nats-py js.publish": partial(with_nats_py, callers=CALLERS),
    },
    times=20_000,
    quick_times=5_000,
    goal={"FastStream": 4.0, "nats-py js.publish": 2.5},
)
