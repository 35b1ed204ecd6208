"""Where scenes are played: a namespace and a folder of their own, and what acts in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from qctl.engine.processes import kernel
from qctl.model.task import Task
from qctl.store import Command, Reading, open_store
from qctl.store.values import Claim
from tests.integration.processes.crew import Crew
from tests.integration.worker.hands import Hands
from tests.support.schedule_seed import SeedBeat
from tests.support.store_seed import SeedWorker, submit


class Stage:
    """`without` names what is taken out meanwhile: processes that a scene starts by a command line are to be told."""

    def __init__(self, folder: Path, url: str, namespace: str, without: tuple[str, ...] = ()) -> None:
        self.folder, self.url, self.namespace, self.without = folder, url, namespace, without
        self.store = open_store(url, namespace)
        self.read = Reading(self.store)
        self._spoilt = bool(without)
        self._close: list[Callable[[], object]] = [self.store.close]

    @property
    def patience(self) -> float:
        """Seconds for which a scene waits for what is to come: without the protection it may be in vain."""
        return 3.0 if self.without else 60.0

    def worker(self, name: str = "w1", **rules: Any) -> SeedWorker:
        """A registered worker without processes."""
        return SeedWorker(self.store, name).register(**rules)

    def at_work(self, *others: str) -> tuple[SeedWorker, Claim]:
        """A worker that runs the job `one`, and what it was given to run it; others wait behind that."""
        worker = self.worker()
        submit(self.store, "one", *others)
        return worker, worker.take()

    def beat(self, name: str = "b1") -> SeedBeat:
        """A live beat without a process."""
        beat = SeedBeat(self.store, name)
        beat.pulse()
        return beat

    def hands(self) -> Hands:
        """The parts of a worker that hold claims."""
        hands = Hands(self.url, self.namespace)
        self._close.append(hands.close)
        return hands

    def hire(self, *tasks: Task, **plan: Any) -> Crew:
        """A template and slots that know these tasks."""
        crew = Crew(self.folder / "crew", tasks, **plan)
        self._close += [lambda: kernel.adopt_orphans(False), crew.pool.close]
        return crew

    def say(self, *words: Any) -> Any:
        """Say something to Redis that no verb says; nobody expects the store to be whole any more."""
        self._spoilt = True
        return self.store.do(Command(words, lambda reply: reply))

    def close(self) -> None:
        """End what was started, and remove what was spoilt: whether that is whole is not asked."""
        if self._spoilt and self._close:
            for key in self.say("KEYS", f"{{{self.namespace}*"):
                self.say("DEL", key)
        while self._close:
            self._close.pop()()


Scene = Callable[[Stage], Iterator[str]]
#: By the name of a protection: what shows that it is there. A scene says in sentences what goes wrong.
SCENES: Final[dict[str, Scene]] = {}


def scene(protection: str) -> Callable[[Scene], Scene]:
    """Enter a scene for a protection."""

    def enter(play: Scene) -> Scene:
        assert protection not in SCENES, f"{protection} has a scene already"
        SCENES[protection] = play
        return play

    return enter
