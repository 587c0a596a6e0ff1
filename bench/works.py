"""All that is measured, in the order of the table."""

from typing import Any

from bench import (
    consume,
    effect_postgresql,
    effect_sqlite,
    fanout,
    http_publish,
    idle_consumer,
    latency,
    memory,
    outbox,
    publish,
    publish_many,
    publish_one_by_one,
    request,
    scale_out,
    search,
    search_project,
)
from bench.work import Work

WORKS: list[Work[Any]] = [
    publish.WORK,
    publish.LARGE,
    publish_one_by_one.WORK,
    publish_many.WORK,
    publish_many.LARGE,
    consume.WORK,
    consume.LARGE,
    effect_sqlite.WORK,
    effect_postgresql.WORK,
    outbox.WORK,
    latency.MEDIAN,
    latency.SLOWEST,
    request.WORK,
    http_publish.WORK,
    fanout.WORK,
    scale_out.WORK,
    memory.WORK,
    idle_consumer.WORK,
    search.SMALL,
    search.LARGE,
    search_project.SMALL,
]
ON_DEMAND: list[Work[Any]] = [search.LARGEST, search_project.LARGE, search_project.LARGEST]
"""What takes too long for every run: has a flag of its own."""
