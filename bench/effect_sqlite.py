"""`effect-sqlite`: durable consume with inbox and a database effect, exactly once, in a SQLite file."""

from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import URL

from bench import effects
from bench.place import Place, on_a_server
from bench.work import Work


async def with_trunkline(place: Place, times: int) -> float:
    with TemporaryDirectory() as folder:
        return await effects.with_trunkline(place, times, _url(folder, "sqlite"))


async def with_async_session(place: Place, times: int) -> float:
    with TemporaryDirectory() as folder:
        return await effects.with_async_session(place, times, _url(folder, "sqlite+aiosqlite"))


async def with_session_in_a_thread(place: Place, times: int) -> float:
    with TemporaryDirectory() as folder:
        return await effects.with_session_in_a_thread(place, times, _url(folder, "sqlite"))


def _url(folder: str, driver: str) -> URL:
    return URL.create(driver, database=str(Path(folder) / "bench.db"))


WORK = Work(
    name="effect-sqlite",
    description="durable consume with inbox and a database effect, exactly once",
    place=on_a_server,
    ours=with_trunkline,
    peers={"async session by hand": with_async_session, "sync session in a thread": with_session_in_a_thread},
    times=2_000,
    quick_times=256,
    goal={"async session by hand": 6.0, "sync session in a thread": 2.0},
)
