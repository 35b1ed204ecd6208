"""What changes jobs, queues, workers and schedules: each asks first, in the bottom line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Final

from qctl.model.show import count
from qctl.model.state import State
from qctl.tui.acts.acting import Act, Here, Next, only
from qctl.tui.screen import Effect, Page, Question, Toast, View
from qctl.tui.warnings import warnings


def _ask(here: Here, text: str, effect: Effect) -> Next:
    return only(replace(here.screen, question=Question(text=text, effect=effect)))


def _nothing(here: Here, why: str) -> Next:
    return only(replace(here.screen, toast=Toast(text=why, bad=True)))


def _cancel(force: bool, here: Here) -> Next:
    if here.screen.view is View.WORKERS and here.screen.page is Page.LIST:
        effect = Effect(name="worker", targets=here.targets, said={"command": "stop-now" if force else "stop"})
        how = "now, its jobs given back" if force else "when its jobs have ended"
        return _ask(here, f"stop {_workers(here)} {how}?", effect)
    if not here.targets:
        return _nothing(here, "there is no job here")
    running = sum(job.state is State.RUNNING for job in here.snapshot.page.jobs if job.id in here.targets)
    what = here.targets[0] if len(here.targets) == 1 else count(len(here.targets), "job")
    how = "KILL at once" if force else "TERM, then the task's grace"
    more = f" ({running} running: {how})" if running else ""
    said = {"force": "yes"} if force else {}
    return _ask(here, f"cancel {what}{more}?", Effect(name="cancel", targets=here.targets, said=said))


def _workers(here: Here) -> str:
    return here.targets[0] if len(here.targets) == 1 else count(len(here.targets), "worker")


def _retry(here: Here) -> Next:
    if not here.targets:
        return _nothing(here, "there is no job here")
    what = here.targets[0] if len(here.targets) == 1 else count(len(here.targets), "job")
    return _ask(here, f"run {what} again?", Effect(name="retry", targets=here.targets))


def _pause(here: Here) -> Next:
    """Pause the queue, or drain the worker, or take that back."""
    if here.screen.view is View.WORKERS:
        return _drain(here)
    queues = _queues(here)
    if not queues:
        return _nothing(here, "there is no queue here")
    paused = here.snapshot.health.paused if here.snapshot.health is not None else {}
    if all(queue in paused for queue in queues):
        return _ask(here, f"let queue {', '.join(queues)} go on?", Effect(name="resume", targets=queues))
    return _ask(here, f"pause queue {', '.join(queues)}? what runs goes on", Effect(name="pause", targets=queues))


def _queues(here: Here) -> tuple[str, ...]:
    if here.screen.view is View.QUEUES:
        return tuple(dict.fromkeys(name.partition("@")[0] for name in here.targets))
    jobs = {job.id: job.queue for job in here.snapshot.page.jobs}
    return tuple(dict.fromkeys(jobs[job].partition("@")[0] for job in here.targets if job in jobs))


def _drain(here: Here) -> Next:
    health = here.snapshot.health
    known = health.workers if health is not None else ()
    drains = all(w.about.get("phase", "working") != "working" for w in known if w.id in here.targets)
    command = "resume" if drains else "drain"
    what = "take jobs again" if drains else "take no more jobs"
    return _ask(
        here, f"let {_workers(here)} {what}?", Effect(name="worker", targets=here.targets, said={"command": command})
    )


def _run_now(here: Here) -> Next:
    return _each(here, "run-now", "run {} now?")


def _enable(here: Here) -> Next:
    """Disable the schedules, or enable them again."""
    fleet = here.snapshot.fleet
    off = {known.name for known in fleet.schedules if known.state.disabled} if fleet is not None else set()
    if here.targets and set(here.targets) <= off:
        return _each(here, "enable", "let {} start again?")
    return _each(here, "disable", "let {} start nothing until it is enabled again?")


def _each(here: Here, name: str, text: str) -> Next:
    if not here.targets:
        return _nothing(here, "there is no schedule here")
    what = here.targets[0] if len(here.targets) == 1 else count(len(here.targets), "schedule")
    return _ask(here, text.format(what), Effect(name=name, targets=here.targets))


def _copy(here: Here) -> Next:
    if not here.targets:
        return _nothing(here, "there is nothing to copy here")
    said = replace(here.screen, toast=Toast(text=f"copied {' '.join(here.targets)}"))
    return said, (Effect(name="copy", targets=(" ".join(here.targets),)),)


def _go_to_warning(here: Here) -> Next:
    found = [each for each in warnings(here.snapshot, here.look) if each.name not in here.screen.dismissed]
    if not found:
        return only(here.screen)
    there = replace(here.screen, view=found[0].view, page=Page.LIST, before=())
    return only(there.with_list(cursor=found[0].key, query=""))


def _dismiss(here: Here) -> Next:
    found = [each.name for each in warnings(here.snapshot, here.look) if each.name not in here.screen.dismissed]
    return only(replace(here.screen, dismissed=here.screen.dismissed | frozenset(found[:1])))


CHANGING: Final[Mapping[str, Act]] = MappingProxyType(
    {
        "cancel": partial(_cancel, False),
        "force": partial(_cancel, True),
        "retry": _retry,
        "pause": _pause,
        "run-now": _run_now,
        "enable": _enable,
        "copy": _copy,
        "warning": _go_to_warning,
        "dismiss": _dismiss,
    }
)
