"""What a program of the benchmark does that runs in a process of its own.

It (``python -m bench.<name>``) says a line of JSON when it is ready, and then answers each line of JSON with another,
until its input ends. This module imports little, as a program that stands for a client need not know the library.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from typing import Any

import psutil

MIB = 1 << 20

Line = dict[str, Any]


def say(**answer: object) -> None:
    """Say a line; called by a program."""
    print(json.dumps(answer), flush=True)


async def questions() -> AsyncIterator[Line]:
    """The questions to a program, until there are no more."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        yield json.loads(line)


def memory_mib(pid: int | None = None) -> float:
    """What a process holds in memory (resident), MiB."""
    return float(psutil.Process(pid or os.getpid()).memory_info().rss) / MIB


def allow_open_files(number: int) -> None:
    """Have this process, and those that it starts, open so many files at once, as far as the system allows it."""
    import resource  # not on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number if hard == resource.RLIM_INFINITY else min(number, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
