"""Runs in a peer's own environment, beside its `app.py`: submits, and tells in one line of JSON how long that took.

    python drive.py fill KIND COUNT           once, in bulk
    python drive.py one KIND SECONDS          job after job: how many a second
    python drive.py bulk KIND SECONDS COUNT   so many at once, again and again: how many a second
    python drive.py pickups COUNT             from submit to the first line of the task: microseconds

`app.one(kind)` is what submits one such job, `app.many(kind, count)` submits in bulk; where they are coroutine
functions they are awaited, all in one loop, between `app.opens()` and `app.closes()`. `work.py` holds what the tasks of
every peer do.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

WARM = 50  #: jobs before anything is timed
REST = 0.02  #: seconds in which a worker becomes idle again

app: Any = importlib.import_module("app")
Waits = Callable[[Any], Awaitable[Any]]


async def at_once(value: Any) -> Any:
    """What is no coroutine is there already."""
    return value


async def passed_on(value: Any) -> Any:
    """What is one is awaited."""
    return await value


async def fill(wait: Waits, kind: str, count: int) -> object:
    await wait(app.many(kind, count))
    return {"count": count}


async def one(wait: Waits, kind: str, seconds: float) -> object:
    call = app.one(kind)
    is_async = inspect.iscoroutinefunction(call)
    for _ in range(WARM):
        await wait(call())
    count, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < seconds:
        if is_async:
            for _ in range(50):
                await call()
        else:
            for _ in range(50):
                call()
        count += 50
    return {"rate": count / took}


async def bulk(wait: Waits, kind: str, seconds: float, size: int) -> object:
    await wait(app.many(kind, WARM))
    count, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < seconds:
        await wait(app.many(kind, size))
        count += size
    return {"rate": count / took}


async def pickups(wait: Waits, count: int) -> object:
    call = app.one("stamp")
    found = []
    line = os.open("fifo", os.O_RDWR)  # for both: it never ends, whoever else closes it
    for number in range(count + 10):
        sent = time.monotonic_ns()
        await wait(call())
        began = int(os.read(line, 64))
        if number >= 10:
            found.append((began - sent) / 1000)
        time.sleep(REST)
    return {"microseconds": found}


async def main(what: str, *words: str) -> None:
    is_async = inspect.iscoroutinefunction(app.many)
    wait = passed_on if is_async else at_once
    if is_async:
        await app.opens()
    match what, *words:
        case "fill", kind, count:
            told = await fill(wait, kind, int(count))
        case "one", kind, seconds:
            told = await one(wait, kind, float(seconds))
        case "bulk", kind, seconds, count:
            told = await bulk(wait, kind, float(seconds), int(count))
        case "pickups", count:
            told = await pickups(wait, int(count))
        case _:
            sys.exit(__doc__)
    print(json.dumps(told))
    if is_async:
        await app.closes()


asyncio.run(main(*sys.argv[1:]))
