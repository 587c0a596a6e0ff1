"""`memory`: what a process holds while its producer outruns its slow consumer, second after second."""

from bench.place import Place, on_a_server
from bench.processes import program
from bench.work import BenchError, Found, Work


async def with_trunkline(place: Place, times: int) -> Found:
    """Let it run for `times` seconds; the most that the process held."""
    async with program("outrunning_process", place.url) as process:
        found = await process.ask(seconds=times)
    if found["published"] < 2 * found["handled"]:
        raise BenchError(f"the producer did not outrun the consumer: {found}")
    return Found(
        found["most"],
        {
            "MiB after a tenth of the time": found["start"],
            "MiB at the end": found["end"],
            "events/s published": found["published"] / times,
            "events/s handled": found["handled"] / times,
        },
    )


WORK = Work(
    name="memory",
    description="the most a process holds while its producer outruns its consumer, times are seconds",
    place=on_a_server,
    ours=with_trunkline,
    peers={},
    times=60,
    quick_times=8,
    rounds=1,
    quick_rounds=1,
    unit="MiB",
    lower_is_better=True,
)
