"""What commands print for people, kept as text. `python -m tests.unit.kept_screens` draws it anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from qctl.cli.scheduling.upcoming import Upcoming
from qctl.cli.screens import events, figures, jobs, machines, schedules, upcoming, waiting, workflows
from qctl.cli.terminal import Look
from qctl.client.figures import Sums
from qctl.model.around import Around, History, Told
from qctl.model.cron import Due, parse_cron
from qctl.model.error_groups import group_errors
from qctl.model.report import Steps, report
from qctl.model.schedule import Schedule
from qctl.model.tally import BY, most_failing, slowest, tallies, tally
from qctl.model.timing import ByCron
from qctl.model.workflow.outline import outline
from qctl.model.workflow.standing import Progress
from tests.unit import jobs_at_hand as at_hand
from tests.unit import kept_world as world
from tests.unit import workflows_at_hand as flows
from tests.unit.jobs_at_hand import HOUR, MINUTE, NOW_MS
from tests.unit.tui import instances_at_hand as instances

FOLDER: Final = Path(__file__).parents[1] / "data" / "screens"
WIDTHS: Final = (80, 120)
SERVER: Final = "unix:///run/qctl/redis.sock"

Draw = Callable[[Look], list[str]]


def screens() -> Iterator[tuple[str, Draw]]:
    """Each with the name of its command."""
    yield from _of_jobs()
    yield from _of_reports()
    yield from _of_figures()
    yield from _of_machines()
    yield from _of_schedules()
    yield from _of_waits()


def _of_jobs() -> Iterator[tuple[str, Draw]]:
    shown, flow = world.active(), flows.running()
    yield "ps", lambda look: jobs.ps(shown, SERVER, look, counted={flows.ID: Progress(total=40, done=14, open=False)})
    yield "ps-wide", lambda look: jobs.ps(shown, SERVER, look, wide=True)
    yield "ps-tree", lambda look: jobs.ps([flow.job], SERVER, look, flows={flow.job.id: flow}, tree=True)
    yield "ps-empty", lambda look: jobs.ps([], SERVER, look)
    yield "history", _history
    yield "history-wide", partial(_history, wide=True)


def _history(look: Look, *, wide: bool = False) -> list[str]:
    sums = Sums(1204, 26, {"cancelled": 3, "failed": 23})
    return jobs.history(world.past(), SERVER, look, wide=wide, older="7kk02abc", sums=sums)


def _of_reports() -> Iterator[tuple[str, Draw]]:
    command = "/usr/local/bin/backup.sh --bucket s3://dr --keep 14"
    around = Around(server=SERVER, command=command, timeout_s=3600.0, limits="memory 1.0G", dependents=("7kq2gnnn",))
    told = (Told(NOW_MS - 7 * MINUTE, "fail", "mail", "7kr0mail"),)
    past = History(ok=29, bad=1, last_ok_ms=NOW_MS - HOUR, last_ok_run_s=24.0)
    after = Around(server=SERVER, command="curl -fsS https://feeds.example.net/daily.csv", told=told, history=past)
    said = [f"14:0{at} {at} GiB written" for at in range(10)]
    yield "show-running", lambda look: report(at_hand.running(), said, look, around)
    yield (
        "show-queued",
        lambda look: report(at_hand.queued(), [], look, Around(server=SERVER, held="no live worker reads queue batch")),
    )
    yield "show-failed", lambda look: report(at_hand.failed(), [world.CURL], look, after)
    yield "show-succeeded", lambda look: report(at_hand.succeeded(), said, look, around)
    flow = flows.failed()
    yield (
        "show-workflow",
        lambda look: report(
            flow.job,
            ["gzip: /var/tmp/main.dump.gz: No space left on device"],
            look,
            Around(server=SERVER),
            Steps("4 jobs, 2 done, 1 failed, 1 never ran", flows.tree(flow, look), f"{flows.ID}.2"),
        ),
    )


def _of_figures() -> Iterator[tuple[str, Draw]]:
    found = world.endings()
    yield "stats", partial(_stats, by=None)
    for by in BY:
        yield f"stats-by-{by}", partial(_stats, by=by)
    yield "stats-empty", lambda look: figures.stats(tally("all", []), None, [], [], [], "since 24h", look)
    yield "errors", lambda look: figures.errors(group_errors(found), "since 24h", SERVER, look)
    yield "errors-empty", lambda look: figures.errors([], "since 24h", SERVER, look)
    yield "events", lambda look: events.events(instances.events()[::-1], look)


def _stats(look: Look, by: str | None) -> list[str]:
    found = world.endings()
    parts, period = tallies(found, by) if by else [], "46 jobs since 7d, 0.27/h"
    return figures.stats(tally("all", found), by, parts, slowest(found), most_failing(found), period, look)


def _of_machines() -> Iterator[tuple[str, Draw]]:
    queues, workers = world.queues(), world.workers()
    yield "queue-list", lambda look: machines.queues(queues, SERVER, look)
    yield "queue-show", lambda look: machines.queue(queues[0] | {"max_running": 6}, [at_hand.queued()], SERVER, look)
    yield "worker-list", lambda look: machines.workers(workers, SERVER, look)
    yield "worker-show", lambda look: machines.worker(workers[0], [at_hand.running()], SERVER, look)


def _of_schedules() -> Iterator[tuple[str, Draw]]:
    shown, known = world.schedules()
    yield "schedule-next", lambda look: upcoming.table(shown, UTC, look, more=2, known=known, beats="beat ● on db1")
    yield "schedule-next-without-redis", lambda look: upcoming.table(shown, UTC, look)
    one = Schedule(name="backup-db", task="backup-db", timing=ByCron(parse_cron("30 2 * * *")), timezone="Europe/Paris")
    note = "02:30 does not exist (DST): runs once, at the first valid minute"
    days = [_ms(27, 1, 30), _ms(28, 1, 0), _ms(29, 0, 30)]
    of_one = [Upcoming(schedule=one, due=Due(at, (), note if at == days[1] else "")) for at in days]
    yield "schedule-next-of-one", lambda look: upcoming.lines(of_one, UTC, look, utc=True)
    yield "schedule-list", lambda look: schedules.schedules(world.declared(), SERVER, look)


def _ms(day: int, hour: int, minute: int) -> int:
    return round(datetime(2027, 3, day, hour, minute, tzinfo=UTC).timestamp() * 1000)


def _of_waits() -> Iterator[tuple[str, Draw]]:
    tail = ['14:01:58 pg_dump: dumping contents of table "public.events"', "14:02:10 2.1 GiB written, 68 %"]
    good, failed, queued = at_hand.succeeded(), at_hand.failed(), at_hand.queued()
    yield (
        "run-wait",
        lambda look: [
            *waiting.step(queued, look, place=1).split("\n"),
            *waiting.step(at_hand.running(), look, pid=40112).split("\n"),
            *waiting.live(at_hand.running(), tail, look, 850.0, 30),
        ],
    )
    yield "run-wait-queued", lambda look: waiting.live(queued, [], look, place=2)
    yield (
        "run-wait-ended",
        lambda look: [line for job in (good, failed) for line in waiting.step(job, look).split("\n")],
    )
    yield (
        "run-wait-in-ci",
        lambda look: [waiting.change(job, look) for job in (queued, at_hand.running(), good, failed)],
    )
    flow, broken = flows.running(), flows.failed()
    written = [workflows.written("gzip", "14:08:44 main.dump  61 % 1.31 GiB", LOOKS[80])]
    rows = outline(flow.nodes, flow.plan)
    yield (
        "run-wait-workflow",
        lambda look: workflows.live(flow, rows, written, look, height=24, feeding=False, typical={}),
    )
    yield (
        "run-wait-workflow-failed",
        lambda look: [
            *workflows.ended(broken, look),
            workflows.last_lines_title(f"{flows.ID}.2", "gzip", look),
            *workflows.next_commands(broken, f"{flows.ID}.2", look),
        ],
    )


LOOKS: Final[Mapping[int, Look]] = {cells: Look(now_ms=NOW_MS, width=cells) for cells in WIDTHS}


def kept() -> Iterator[tuple[str, str]]:
    """The name of each file, and what stands in it."""
    for name, draw in screens():
        for cells, look in LOOKS.items():
            yield f"{name}-{cells}", "".join(f"{line}\n" for line in draw(look))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.txt"):
        old.unlink()
    for name, text in kept():
        (FOLDER / f"{name}.txt").write_text(text)
