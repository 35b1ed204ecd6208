"""What changes queues, workers and schedules: each asks first, in the bottom line."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType

from qctl.classes import replace
from qctl.model.show import count
from qctl.tui.acts.acting import ask, named, nothing, only
from qctl.tui.acts.changing import known_jobs
from qctl.tui.screen import Effect, Prompt, Purpose, View

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from qctl.tui.acts.acting import Act, Here, Next

_NO_QUEUE: Final = "there is no queue here"


def _queues(here: Here) -> tuple[str, ...]:
    """The queues that are acted on: in the list of jobs those that these are in."""
    if here.screen.view is View.QUEUES:
        return tuple(dict.fromkeys(name.partition("@")[0] for name in here.targets))
    return tuple(dict.fromkeys(job.queue.partition("@")[0] for job in known_jobs(here).values()))


def _pause(here: Here) -> Next:
    queues = _queues(here)
    if not queues:
        return nothing(here, _NO_QUEUE)
    paused = here.snapshot.health.paused if here.snapshot.health is not None else {}
    if all(queue in paused for queue in queues):
        return ask(here, f"let {named(queues, 'queue')} go on?", Effect(name="resume", targets=queues))
    return ask(here, f"pause {named(queues, 'queue')}? what runs goes on", Effect(name="pause", targets=queues))


def _purge(here: Here) -> Next:
    """Purging is agreed to by the queue's name, so it is done to one at a time."""
    queues = _queues(here)
    if len(queues) != 1:
        return nothing(here, "one queue at a time is purged" if queues else _NO_QUEUE)
    (queue,) = queues
    health = here.snapshot.health
    waiting = sum(each.ready + each.parked for each in health.queues if each.name == queue) if health else 0
    if not waiting:
        return nothing(here, f"nothing waits in queue {queue}")
    label = f"cancel {count(waiting, 'job')} that {'waits' if waiting == 1 else 'wait'} in {queue}? type its name:"
    prompt = Prompt(purpose=Purpose.CONFIRM, label=label, effect=Effect(name="purge", targets=(queue,)), word=queue)
    return only(replace(here.screen, prompt=prompt))


def _drain(here: Here) -> Next:
    health = here.snapshot.health
    known = [worker for worker in (health.workers if health is not None else ()) if worker.id in here.targets]
    if not known:
        return nothing(here, "there is no worker here that lives")
    drains = all(worker.about.get("phase", "working") != "working" for worker in known)
    command, what = ("resume", "take jobs again") if drains else ("drain", "take no more jobs")
    labels = tuple(worker.label for worker in known)
    effect = Effect(name="worker", targets=tuple(worker.id for worker in known), said={"command": command})
    return ask(here, f"let {named(labels, 'worker')} {what}?", effect)


def _stop(command: str, here: Here) -> Next:
    health = here.snapshot.health
    known = [worker for worker in (health.workers if health is not None else ()) if worker.id in here.targets]
    if not known:
        return nothing(here, "there is no worker here that lives")
    labels = tuple(worker.label for worker in known)
    how = "now? its jobs are given back" if command == "stop-now" else "when its jobs have ended?"
    effect = Effect(name="worker", targets=tuple(worker.id for worker in known), said={"command": command})
    return ask(here, f"stop {named(labels, 'worker')} {how}", effect)


def _run_now(here: Here) -> Next:
    if not here.targets:
        return nothing(here, "there is no schedule here")
    return ask(here, f"run {named(here.targets, 'schedule')} now?", Effect(name="run-now", targets=here.targets))


def _enable(here: Here) -> Next:
    """Enable the schedules, or disable them, with a reason if there is one."""
    if not here.targets:
        return nothing(here, "there is no schedule here")
    fleet = here.snapshot.fleet
    off = {known.name for known in fleet.schedules if known.state.disabled} if fleet is not None else set()
    which = named(here.targets, "schedule")
    if set(here.targets) <= off:
        return ask(here, f"let {which} start again?", Effect(name="enable", targets=here.targets))
    label = f"disable {which}? say why, or nothing (Esc: no):"
    effect = Effect(name="disable", targets=here.targets)
    return only(replace(here.screen, prompt=Prompt(purpose=Purpose.SAY, label=label, effect=effect)))


OPERATING: Final[Mapping[str, Act]] = MappingProxyType(
    {
        "pause": _pause,
        "purge": _purge,
        "drain": _drain,
        "stop": partial(_stop, "stop"),
        "stop-now": partial(_stop, "stop-now"),
        "run-now": _run_now,
        "enable": _enable,
    }
)
