"""Tasks as a Celery user's first week has them; imported by the tests and by their worker."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from qctl import current, group, task

HERE = "tests.integration.python.tasks"


def mark(word: str) -> None:
    """Leave a word in the outside record: what ran, in order."""
    fd = os.open(os.environ["RECORD"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(fd, f"{word}\n".encode())
    os.close(fd)


@task
def add(x: int, y: int) -> int:
    return x + y


@task
def tsum(numbers: list[Any]) -> int:
    return sum(numbers)


@task
def identity(value: Any) -> Any:
    return value


@task
def pair() -> tuple[int, int]:
    return 1, 2


@task
def nothing() -> None:
    return None


@task
def raising(message: str = "it went wrong") -> None:
    raise ValueError(message)


@task
def marked(word: str) -> str:
    mark(word)
    return word


@task
def told(record: Any, word: str = "told") -> Any:
    """An errback: what it was told stands in the outside record."""
    mark(f"{word} {record['failed'][0]['error']['type'] if record else ''}")
    return record


@task(max_retries=3, retry_backoff=False)
def third_time(word: str = "try") -> int:
    mark(word)
    if current.attempt < 3:
        raise ConnectionError("not yet")
    return current.attempt


@task(bind=True, max_retries=1, default_retry_delay=0)
def asks_again(self: Any) -> None:
    mark(f"attempt {self.request.retries}")
    try:
        raise KeyError("token")
    except KeyError as error:
        raise self.retry(exc=error) from None


@task(bind=True, max_retries=1, default_retry_delay=0)
def asks_without_a_reason(self: Any) -> None:
    mark(f"attempt {self.request.retries} of {self.max_retries}")
    raise self.retry()


@task(bind=True)
def reports(self: Any, until: str) -> str:
    """Say how far it is, until a file is there."""
    self.update_state(state="PROGRESS", meta={"current": 3, "total": 10})
    wait_for(until)
    return "done"


@task
def held(until: str, word: str = "held") -> str:
    wait_for(until)
    mark(word)
    return word


def wait_for(path: str) -> None:
    while not Path(path).exists():
        time.sleep(0.01)


@task(name="digest", bind=True)
def digest(self: Any) -> str:
    """On a schedule: tasks.toml has a table of this name that calls it."""
    return f"{self.name} {self.request.delivery_info['routing_key']}"


@task(ignore_result=True)
def unkept(value: int) -> int:
    return value


@task
def spawns() -> Any:
    """A handle is stored as its id."""
    return add.delay(20, 22)


@task
def waits_inside() -> Any:
    return add.delay(1, 1).get(timeout=5)


@task(bind=True)
def becomes(self: Any, number: int) -> None:
    mark("In")
    raise self.replace(add.s(number, 1) | add.s(10))


@task(bind=True)
def becomes_group(self: Any, number: int) -> None:
    raise self.replace(group(add.si(number, 1), add.si(number, 2)))


@task(bind=True)
def invites(self: Any, number: int) -> int:
    current.extend_group(add.si(number, 100))
    return number


@task(name="post.send", rate_limit="100/m")
def send_mail(to: str) -> str:
    mark(f"mail {to}")
    return to


@task(name="images.resize")
def resize(path: str, width: int) -> str:
    """Fake work on a real file: what an image library would do is to write a smaller one."""
    made = f"{path}.{width}"
    Path(made).write_text(Path(path).read_text()[:width])
    return made


@task(name="images.montage")
def montage(paths: list[str], into: str) -> int:
    Path(into).write_text("".join(Path(path).read_text() for path in paths))
    return len(paths)


@task
def spawns_chain() -> Any:
    """A workflow submitted from inside a job, which cannot wait for it."""
    return (add.s(1, 2) | group(add.s(i) for i in range(3)) | tsum.s()).delay()


@task(bind=True)
def becomes_many(self: Any, count: int) -> None:
    raise self.replace(group(identity.si(number) for number in range(count)))


@task(soft_time_limit=0.2)
def recovers() -> int:
    """Catch the soft limit, and have a value all the same."""
    try:
        time.sleep(30)
    except current.SoftTimeLimitExceeded:
        return 7
    return 0


@task(max_retries=1, retry_backoff=False)
def hopeless() -> None:
    mark("hopeless")
    raise ConnectionError("still away")


@task
def stops(value: Any = None) -> None:
    raise current.stop("nothing to do today")


@task(bind=True)
def outer(self: Any) -> None:
    mark("In A")
    raise self.replace(inner.si() | marked.si("Out A"))


@task(bind=True)
def inner(self: Any) -> None:
    mark("In B")
    raise self.replace(marked.si("C") | marked.si("Out B"))


@task
def invites_held(until: str, word: str = "added") -> str:
    """Have another member run until a file is there."""
    current.extend_group(held.si(until, word))
    return "inviting"


@task
def invites_failure() -> None:
    current.extend_group(raising.si("added in vain"))


@task(soft_time_limit=0.2, time_limit=30)
def lingering() -> None:
    time.sleep(25)
