"""Commands from exec to exit, beside what starting Python costs: each is run a few times in turn with that."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from tests.bench.figures import US, Bar, Better, Figure
from tests.bench.measures.measure import Contestant, Effort, Field, Measure, Sample
from tests.bench.peers.peer import Peer, Variant
from tests.bench.processes import seconds_of
from tests.bench.stand import Place

PYTHON: Final = "python3 -c pass"
CELERY_CALL: Final = "celery call"
_LISTED: Final = 50
_MANY_TASKS: Final = "".join(f'[tasks.task-{number}]\nrun = "true"\ndoc = "number {number}"\n' for number in range(200))


@dataclass(slots=True)
class _Command(Contestant):
    """A command that is started again and again."""

    name: str
    figure: str
    words: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    terminal: bool = False
    share: int = 1  #: one in so many of the starts that others get: it is slow

    def sample(self, way: Variant, effort: Effort) -> Sample:
        took = [
            seconds_of(self.words, self.environment, self.folder, terminal=self.terminal)
            for _ in range(max(1, effort.commands // self.share))
        ]
        return {self.figure: median(took) * 1000}


class _Started(Measure):
    """One of qctl's commands beside bare Python."""

    title: str
    words: tuple[str, ...]
    bars: tuple[Bar, ...]
    terminal = False
    rounds = 10  # short ones: what disturbs the machine comes and goes

    def __init__(self) -> None:
        self.figures = (Figure(self.name, self.title, "ms", Better.LESS, self.bars),)

    @abstractmethod
    def prepare(self, place: Place, stack: ExitStack) -> Mapping[str, str]:
        """Put there what the command shall find, and answer the variables that it needs."""

    def contestants(self, field: Field, stack: ExitStack) -> list[Contestant]:
        place = stack.enter_context(field.stand.place(field.us))
        environment = place.environment(self.prepare(place, stack))
        python = (field.us.program("python3"), "-c", "pass")
        qctl = (field.us.program("qctl"), *self.words)
        return [
            _Command(US, self.name, qctl, environment, place.folder, self.terminal),
            _Command(PYTHON, self.name, python, environment, place.folder, self.terminal),
        ]


class Run(_Started):
    """Submitting one job at the shell. A worker runs, as it would."""

    name = "run"
    title = "`qctl run` of a task, exec to exit"
    words = ("run", "noop")
    bars = (Bar(4.0, (PYTHON,)), Bar(0.1, (CELERY_CALL,)))

    def prepare(self, place: Place, stack: ExitStack) -> Mapping[str, str]:
        _with_worker(place, stack)
        return {}

    def contestants(self, field: Field, stack: ExitStack) -> list[Contestant]:
        found = super().contestants(field, stack)
        if (celery := field.queues.get("celery")) is not None:
            place = stack.enter_context(field.stand.place(celery))
            _with_worker(place, stack)
            call = (celery.program("celery"), "-A", "app", "call", "noop")
            found.append(_Command(CELERY_CALL, self.name, call, place.environment(), place.folder, share=4))
        return found


class Ps(_Started):
    """A list of jobs, for a script."""

    name = "ps"
    title = f"`qctl ps` of {_LISTED} jobs, through a pipe"
    words = ("ps",)
    bars = (Bar(5.0, (PYTHON,)),)

    def prepare(self, place: Place, stack: ExitStack) -> Mapping[str, str]:
        place.drive("fill", "noop", _LISTED)
        return {}


class PsInTerminal(Ps):
    """A list of jobs, for a person."""

    name = "ps-terminal"
    title = f"`qctl ps` of {_LISTED} jobs, in a terminal"
    terminal = True


class Help(_Started):
    """The first thing that anybody types."""

    name = "help"
    title = "`qctl --help`, in a terminal"
    words = ("--help",)
    bars = (Bar(2.0, (PYTHON,)),)
    terminal = True

    def prepare(self, place: Place, stack: ExitStack) -> Mapping[str, str]:
        return {"PAGER": "cat"}


class Completion(_Started):
    """What a shell starts at a Tab: names of tasks, of two hundred."""

    name = "completion"
    title = "completion of a task's name"
    words = ("__complete", "tasks", "task-1")
    bars = (Bar(1.5, (PYTHON,)),)

    def prepare(self, place: Place, stack: ExitStack) -> Mapping[str, str]:
        file = place.folder / "many.toml"
        file.write_text(_MANY_TASKS)
        environment = {"QCTL_FILE": str(file)}
        listing = (place.peer.program("qctl"), "task", "list")
        seconds_of(listing, place.environment(environment), place.folder, terminal=False)  # which is remembered
        return environment


def _with_worker(place: Place, stack: ExitStack) -> None:
    peer: Peer = place.peer
    stack.enter_context(place.worker(peer.variants[0]))
    place.drive("fill", "noop", 1)
    place.until(peer.counting("noop"), 1, 1)
