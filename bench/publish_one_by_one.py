"""`publish-one-by-one`: durable publish, each waiting for the one before: the round trip decides."""

from functools import partial

from bench.place import on_a_server
from bench.publishers import with_faststream, with_nats_py, with_trunkline
from bench.streams import check_stored
from bench.work import Work

WORK = Work(
    name="publish-one-by-one",
    description="durable publish, typed, with event id, one after another",
    place=on_a_server,
    ours=partial(with_trunkline, callers=1),
    peers={
        "FastStream": partial(with_faststream, callers=1),
        "nats-py js.publish": partial(with_nats_py, callers=1),
    },
    times=4_000,
    quick_times=500,
    check=check_stored,
)
