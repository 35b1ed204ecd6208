"""Every screen, drawn of a world that is as nasty as it may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any

from qctl.cli import failure
from qctl.cli.screens import (
    doctor,
    events,
    figures,
    jobs,
    machines,
    notify,
    output,
    overview,
    schedules,
    tasks,
    upcoming,
    waiting,
    workflows,
)
from qctl.cli.terminal import Look
from qctl.client.figures import Sums
from qctl.model.error_groups import group_errors
from qctl.model.event import Event
from qctl.model.finding import fail, ok, warn
from qctl.model.folding import Fold, unfolded
from qctl.model.job import Job
from qctl.model.lines import Line
from qctl.model.report import report
from qctl.model.tally import slowest, tallies, tally
from tests.unit import hostile_world as world
from tests.unit import jobs_at_hand as at_hand
from tests.unit import workflows_at_hand
from tests.unit.jobs_at_hand import NOW_MS

Lines = Callable[[Look], list[str]]


def _of_jobs(draw: Callable[[Job, Look], list[str]], evil: str, *, ended: bool | None = None) -> Lines:
    chosen = [job for job in world.every_job_of(evil) if ended in (None, job.ended)]
    return lambda look: [line for job in chosen for line in draw(job, look)]


def _of_flows(draw: Callable[[Any, Look], list[str]], *, ended: bool | None = None) -> Lines:
    flows = [make() for make in workflows_at_hand.EVERY]
    return lambda look: [line for flow in flows if ended in (None, flow.job.ended) for line in draw(flow, look)]


def screens_of(evil: str) -> Mapping[str, Lines]:
    """What is drawn to fit a terminal, by `module.function`."""
    return {**_of_work(evil), **_of_machines(evil), **_of_plans(evil)}


def _of_work(evil: str) -> Mapping[str, Lines]:
    every = world.every_job_of(evil)
    folds = [
        *unfolded([job for job in every if job.ended], 99).rows,
        Fold(at_hand.succeeded(), [at_hand.succeeded()] * 841),
    ]
    return {
        "jobs.ps": lambda look: jobs.ps(every, evil, look) + jobs.ps(every, evil, look, wide=True),
        "jobs.history": lambda look: (
            jobs.history(folds, evil, look, older="7kk02abc", sums=Sums(1204, 26))
            + jobs.history(folds, evil, look, wide=True)
            + jobs.history([], evil, look)
        ),
        "report.report": _of_jobs(lambda job, look: report(job, [evil, "x" * 300], look, world.around_of(evil)), evil),
        "waiting.step": _of_jobs(lambda job, look: waiting.step(job, look, place=2, pid=40112).split("\n"), evil),
        "waiting.live": _of_jobs(
            lambda job, look: waiting.live(job, [evil] * 9, look, 850.0, 30, place=3), evil, ended=False
        ),
        "workflows.ended": _of_flows(
            lambda flow, look: [
                *workflows.folded(workflows.ended(flow, look)[0], look),
                *workflows.ended(flow, look)[1:],
            ],
            ended=True,
        ),
        "workflows.next_commands": _of_flows(
            lambda flow, look: workflows.next_commands(flow, f"{flow.job.id}.2", look), ended=True
        ),
        "workflows.last_lines_title": lambda look: [workflows.last_lines_title("7kq2f8wz", evil, look)],
        "failure.told": lambda look: failure.told("Q004", evil, evil, look.width or 0),
    }


def _of_machines(evil: str) -> Mapping[str, Lines]:
    every, ends = world.every_job_of(evil), [world.ending_of(evil)] * 3
    figure = (tally("all", ends), "task", tallies(ends, "task"), slowest(ends), tallies(ends, "task"), evil)
    return {
        "machines.queues": lambda look: (
            machines.queues([world.queue_of(evil)], evil, look) + machines.queues([], evil, look)
        ),
        "machines.queue": lambda look: machines.queue(world.queue_of(evil), every[:3], evil, look),
        "machines.workers": lambda look: (
            machines.workers([world.worker_of(evil)], evil, look) + machines.workers([], evil, look)
        ),
        "machines.worker": lambda look: machines.worker(world.worker_of(evil), every[:2], evil, look),
        "machines.pinged": lambda look: machines.pinged(
            [{"label": evil, "answered_s": 0.1}, {"label": evil, "answered_s": None}], 5.0, look
        ),
        "machines.status": lambda look: machines.status(world.status_of(evil), look),
        "figures.errors": lambda look: (
            figures.errors(group_errors(ends), evil, evil, look) + figures.errors([], evil, evil, look)
        ),
        "figures.stats": lambda look: figures.stats(*figure, look),
        "events.events": lambda look: events.events([Event("1795356131000-0", "submit", ("7kq2f8wz",) * 99)], look),
    }


def _of_plans(evil: str) -> Mapping[str, Lines]:
    return {
        "schedules.schedules": lambda look: schedules.schedules(
            [world.schedule_of(evil), world.disabled_of(evil)], evil, look
        ),
        "schedules.missed": lambda look: schedules.missed([world.occurrence_of(evil)] * 2, evil, look),
        "schedules.history": lambda look: schedules.history([world.occurrence_of(evil)] * 2, evil, look),
        "upcoming.table": lambda look: upcoming.table(
            world.upcoming_of(evil),
            UTC,
            look,
            more=3,
            file=evil,
            known={evil: world.schedule_of(evil)},
            beats=f"beat ● on {evil}",
        ),
        "upcoming.lines": lambda look: (
            upcoming.lines(world.upcoming_of(evil), UTC, look, utc=False)
            + upcoming.lines(world.upcoming_of(evil), UTC, look, utc=True)
            + upcoming.lines(world.upcoming_of(evil)[2:], UTC, look, utc=False)
        ),
        "tasks.tasks": lambda look: (
            tasks.tasks([world.task_of(evil), world.broken_of(evil)], evil, look) + tasks.tasks([], evil, look)
        ),
        "tasks.task": lambda look: tasks.task(world.task_of(evil), look),
        "doctor.doctor": lambda look: doctor.doctor(
            [ok("redis", evil), warn("disk", evil, evil), fail("beat", evil, evil)], look
        ),
        "notify.names": lambda look: notify.names(
            [{"name": evil, "on": [evil], "repeat_s": 60.0, "tasks": [evil], "command": [evil]}], evil, look
        ),
        "overview.overview": lambda look: overview.overview(world.overview_of(evil), look),
    }


def log_lines_of(evil: str) -> Mapping[str, Lines]:
    """Lines of a log, which are as long as it takes, and lines that jobs wrote, by `module.function`."""
    return {
        "waiting.change": _of_jobs(lambda job, look: [waiting.change(job, look)], evil),
        "waiting.still_there": _of_jobs(lambda job, look: [waiting.still_there(job, look)], evil, ended=False),
        "waiting.ended": _of_jobs(lambda job, look: [waiting.ended(job, look)], evil, ended=True),
        "machines.queue_change": lambda look: [machines.queue_change(world.queue_of(evil), look)],
        "schedules.change": lambda look: [schedules.change(world.schedule_of(evil), look)],
        "schedules.disabled_words": lambda look: [
            look.safe(schedules.disabled_words(world.disabled_of(evil)["disabled"], look))
        ],
        "workflows.begun": _of_flows(lambda flow, look: [workflows.begun(flow, look)]),
        "workflows.change": _of_flows(
            lambda flow, look: [workflows.change(name, flow, look) for name, node in flow.nodes.items() if node.job]
        ),
        "workflows.over": _of_flows(lambda flow, look: [workflows.over(flow, look)], ended=True),
        "workflows.counted": _of_flows(lambda flow, look: [workflows.counted(flow, look)]),
        "workflows.written": lambda look: [workflows.written(evil, evil, look)],
        "output.line_for_people": lambda look: [
            output.line_for_people(
                Line(NOW_MS, "e", evil.replace("\n", "").encode("utf-8", "surrogateescape")), look, prefix=evil
            )
        ],
    }
