"""The pictures that are kept as text. `python -m tests.unit.tui.pictures` draws them anew.

The line of keys is left out of them: it is drawn from the table of keys, whatever stands there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from qctl.client.watching import JobSeen, Snapshot
from qctl.client.watching.snapshot import Kind
from qctl.model.around import Around
from qctl.tui.draw import draw, rows_of
from qctl.tui.look import Look
from qctl.tui.picture import Picture
from qctl.tui.press import settled
from qctl.tui.screen import LogView, Page, Prompt, Purpose, Screen, View
from tests.unit import jobs_at_hand as at_hand
from tests.unit import workflows_at_hand as workflows
from tests.unit.jobs_at_hand import NOW_MS
from tests.unit.tui import instances_at_hand as instances

FOLDER: Final = Path(__file__).parents[2] / "data" / "top"
LOOK: Final = Look(now_ms=NOW_MS)
PLAIN: Final = Look(now_ms=NOW_MS, unicode=False)
SMALL, LARGE = (80, 24), (120, 40)
_KINDS: Final = {
    View.QUEUES: Kind.QUEUE,
    View.WORKERS: Kind.WORKER,
    View.SCHEDULE: Kind.SCHEDULE,
    View.EVENTS: Kind.EVENT,
}


def drawn(screen: Screen, snapshot: Snapshot, look: Look = LOOK) -> Picture:
    """The picture of a screen whose reader has read what it wants."""
    screen = settled(screen, snapshot, look)
    snapshot = replace(snapshot, page=replace(snapshot.page, words=screen.lists[View.JOBS].query))
    kind = _KINDS.get(screen.view)
    if kind is not None:
        snapshot = replace(snapshot, beside=instances.beside(kind, screen.list.cursor))
    return draw(screen, snapshot, look)


def rows_of_view(view: View, snapshot: Snapshot) -> list[str]:
    """The keys of the rows of a view."""
    return [row.key for row in rows_of(Screen(view=view), snapshot, LOOK).rows]


def text_of(picture: Picture) -> list[str]:
    """Its lines as text."""
    return ["".join(span.text for span in line) for line in picture.lines]


def pictures() -> Iterator[tuple[str, Picture]]:
    """Each with the name of its file."""
    busy = instances.busy()
    for size in (SMALL, LARGE):
        for view in View:
            yield _name(view, size), drawn(_screen(size, view=view), busy)
        for page, screen, snapshot in _pages(busy):
            yield _name(page, size), drawn(replace(screen, width=size[0], height=size[1]), snapshot)
    yield "jobs-60x15", drawn(_screen((60, 15)), busy)
    yield "jobs-200x60", drawn(_screen((200, 60)), busy)
    yield "jobs-120x40-ascii", drawn(_screen(LARGE), busy, PLAIN)
    yield "jobs-80x24-hostile", drawn(_screen(SMALL), instances.hostile())
    yield "jobs-80x24-idle", drawn(_screen(SMALL), instances.idle())
    yield "jobs-120x40-idle", drawn(_screen(LARGE), instances.idle())
    yield "jobs-80x24-unanswered", drawn(_screen(SMALL), instances.unanswered())


def _pages(busy: Snapshot) -> Iterator[tuple[str, Screen, Snapshot]]:
    failed, running, flow = at_hand.failed(), at_hand.running(), workflows.failed()
    seen = JobSeen(
        job=flow.job,
        around=Around(lines=20),
        output=("gzip: No space left on device",),
        workflow=flow,
        speaks=f"{workflows.ID}.2",
    )
    yield "job-failed", Screen(page=Page.JOB, job=failed.id), replace(busy, job=instances.seen(failed))
    yield "job-running", Screen(page=Page.JOB, job=running.id), replace(busy, job=instances.seen(running))
    yield "job-workflow", Screen(page=Page.JOB, job=flow.job.id), replace(busy, job=seen)
    yield "log", Screen(page=Page.LOG, job="7kq2f8wz"), busy
    wrapped = LogView(wrap=True, find="dump", stream="o", follow=False)
    yield "palette", Screen(prompt=Prompt(purpose=Purpose.COMMAND, label=":", text="queue", chosen=1)), busy
    yield "log-found", Screen(page=Page.LOG, job="7kq2f8wz", log=wrapped), replace(busy, log_dropped=0)


def _screen(size: tuple[int, int], view: View = View.JOBS) -> Screen:
    return Screen(width=size[0], height=size[1], view=view)


def _name(what: str, size: tuple[int, int]) -> str:
    return f"{what}-{size[0]}x{size[1]}"


def as_kept(picture: Picture) -> str:
    """A picture as its file has it."""
    return "".join(f"{line.rstrip()}\n" for line in text_of(picture)[:-1])


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.txt"):
        old.unlink()
    for name, picture in pictures():
        (FOLDER / f"{name}.txt").write_text(as_kept(picture))
