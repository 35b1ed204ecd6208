"""What changes jobs: cancel them, run them again, let them overtake others. What cannot be taken back asks first."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType

from qctl.model.show import count
from qctl.model.state import State
from qctl.tui.acts.acting import ask, named, nothing
from qctl.tui.screen import Effect, Page, View

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Final

    from qctl.model.job import Job
    from qctl.tui.acts.acting import Act, Here, Next

NO_JOB: Final = "there is no job here"


def known_jobs(here: Here) -> dict[str, Job]:
    """The jobs that are acted on, as far as they are at hand."""
    seen = here.snapshot.job
    known = [*here.snapshot.page.jobs, *([seen.job] if seen is not None else [])]
    return {job.id: job for job in known if job.id in here.targets}


def _cancel(force: bool, here: Here) -> Next:
    if not here.targets:
        return nothing(here, NO_JOB)
    known = known_jobs(here)
    if len(known) == len(here.targets) and all(job.ended for job in known.values()):
        return nothing(here, _has(here.targets, "ended already"))
    targets, ended = _parted(here, lambda job: not job.ended)
    running = sum(job.state is State.RUNNING for job in known.values())
    how = "KILL at once" if force else "TERM, then KILL after their grace"
    more = f" ({running} running: {how})" if running else ""
    beside = f"; {len(ended)} {'has' if len(ended) == 1 else 'have'} ended" if ended else ""
    said = {"force": "yes"} if force else {}
    return ask(
        here, f"cancel {named(targets, 'job')}{more}{beside}?", Effect(name="cancel", targets=targets, said=said)
    )


def _parted(here: Here, is_meant: Callable[[Job], bool]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is acted on, and what is left alone. A job that is not at hand is acted on: its script knows better."""
    known = known_jobs(here)
    left = tuple(each for each in here.targets if each in known and not is_meant(known[each]))
    return tuple(each for each in here.targets if each not in left), left


def _retry(here: Here) -> Next:
    """The jobs that are meant; in the list of failures all that failed by the same error."""
    if here.screen.view is View.FAILURES and here.screen.page is Page.LIST:
        groups = [group for group in here.snapshot.errors if group.newest.id in here.targets]
        failed = tuple(job for group in groups for job in group.jobs)
        if not failed:
            return nothing(here, "there is no failure here")
        return ask(here, f"run {count(len(failed), 'failed job')} again?", Effect(name="retry", targets=failed))
    if not here.targets:
        return nothing(here, NO_JOB)
    known = known_jobs(here)
    if len(known) == len(here.targets) and not any(job.ended for job in known.values()):
        return nothing(here, _has(here.targets, "not ended yet") + ": d runs a copy")
    targets, active = _parted(here, lambda job: job.ended)
    beside = f"; {len(active)} {'has' if len(active) == 1 else 'have'} not ended" if active else ""
    return ask(here, f"run {named(targets, 'job')} again{beside}?", Effect(name="retry", targets=targets))


def _copy(here: Here) -> Next:
    if not here.targets:
        return nothing(here, NO_JOB)
    text = f"run a copy of {named(here.targets, 'job')}, with an id of its own?"
    return ask(here, text, Effect(name="copy-job", targets=here.targets))


def _prioritise(by: int, here: Here) -> Next:
    """No question: the other key takes it back."""
    if not here.targets:
        return nothing(here, NO_JOB)
    known = known_jobs(here)
    if len(known) == len(here.targets) and all(job.ended or job.state is State.RUNNING for job in known.values()):
        return nothing(here, "only what waits has a priority to change")
    return here.screen, (Effect(name="prioritise", targets=here.targets, said={"by": str(by)}),)


def _has(names: tuple[str, ...], what: str) -> str:
    return f"{named(names, 'job')} {'has' if len(names) == 1 else 'have'} {what}"


CHANGING: Final[Mapping[str, Act]] = MappingProxyType(
    {
        "cancel": partial(_cancel, False),
        "force": partial(_cancel, True),
        "retry": _retry,
        "copy-job": _copy,
        "raise": partial(_prioritise, 1),
        "lower": partial(_prioritise, -1),
    }
)
