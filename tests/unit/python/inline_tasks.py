"""Tasks that run in the process of a test, and the fixture of an instance where they do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from qctl import current, group, task
from qctl.current import MaxRetriesExceededError

attempts: list[int] = []


@task(name="inline.add")
def add(x: Any, y: Any) -> Any:
    return x + y


@task(name="inline.total")
def total(numbers: list[int]) -> int:
    return sum(numbers)


@task(name="inline.same")
def same(value: Any = "nothing") -> Any:
    return value


@task(name="inline.fail")
def fail(value: Any = None) -> Any:
    raise ValueError(f"no {value}")


@task(name="inline.typed")
def typed(count: int) -> int:
    return count


@task(name="inline.unheard", ignore_result=True)
def unheard(value: Any) -> Any:
    return value


@task(name="inline.third_time", bind=True, max_retries=3)
def third_time(self: Any, countdown: float = 7) -> int:
    self.update_state(state="TRYING", meta={"current": self.request.retries, "total": 4})
    if self.request.retries < 2:
        raise self.retry(exc=ConnectionError("away"), countdown=countdown)
    return int(self.request.retries)


@task(name="inline.backs_off", max_retries=3, retry_backoff=2, autoretry_for=(ConnectionError,))
def backs_off() -> None:
    raise ConnectionError("away")


@task(name="inline.gives_up", bind=True, max_retries=1)
def gives_up(self: Any) -> None:
    try:
        self.retry(countdown=1)
    except MaxRetriesExceededError:
        attempts.append(current.attempt)
        raise


@task(name="inline.for_ever", max_retries=None, autoretry_for=(ConnectionError,))
def for_ever() -> None:
    raise ConnectionError("away")


@task(name="inline.stops")
def stops(value: Any = None) -> None:
    del value
    raise current.stop("nothing new")


@task(name="inline.stands_aside")
def stands_aside(value: int) -> None:
    raise current.replace(add.s(value, 1) | group(add.s(10), add.s(20)))


@task(name="inline.brings_more")
def brings_more(value: int) -> int:
    current.extend_group(same.s(value + 1), add.s(value, 2) | add.s(0))
    return value


@task(name="inline.submits")
def submits() -> str:
    handle = same.delay("later")
    try:
        handle.get()
    except Exception as error:
        return type(error).__name__
    return "waited"


@task(name="inline.waits_beside")
def waits_beside() -> str:
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(submits).result()


@task(name="inline.again")
def again() -> None:
    again.delay()


@task(name="inline.awaits")
async def awaits(value: int) -> int:
    return value * 2


@task(name="inline.knows")
def knows() -> list[Any]:
    return [current.job_id, current.task, current.attempt, current.queue, current.parent_id]


@task(name="inline.no_json")
def no_json() -> Any:
    return object()
