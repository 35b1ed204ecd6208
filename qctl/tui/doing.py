"""What changes the instance: effects carried out one after the other, on a thread and with a client of its own."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from queue import SimpleQueue
from threading import Thread
from types import MappingProxyType
from typing import Final

from qctl.client import Client
from qctl.client.acting import FULL
from qctl.client.fleet import read_schedule
from qctl.client.scheduling import ManualRun, Scheduling
from qctl.config.options import caller
from qctl.errors import QctlError
from qctl.model.show import count
from qctl.tui.screen import Effect, Toast

_REASON: Final = "from qctl top"


class Doer:
    """Carries out effects in the order in which they are asked for, and tells what each came to."""

    def __init__(self, client: Callable[[], Client], done: Callable[[Toast], None]) -> None:
        self._open, self._done = client, done
        self._client: Client | None = None
        self._asked: SimpleQueue[Effect | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="qctl-top-doer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def do(self, effect: Effect) -> None:
        """Carry this out, after what was asked for before."""
        self._asked.put(effect)

    def stop(self) -> None:
        """Carry out what was asked for, and end."""
        self._asked.put(None)
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while (effect := self._asked.get()) is not None:
            self._done(self._carried_out(effect))
        if self._client is not None:
            self._client.close()

    def _carried_out(self, effect: Effect) -> Toast:
        try:
            self._client = self._client or self._open()
            return Toast(text=DOINGS[effect.name](self._client, effect))
        except QctlError as error:
            return Toast(text=str(error).splitlines()[0], bad=True)


def _cancel(client: Client, effect: Effect) -> str:
    number = int(signal.SIGKILL) if effect.said.get("force") else None
    answers = Counter(answer.answer for answer in client.cancel(effect.targets, _REASON, caller(), number))
    how = "killed" if number else "told to stop"
    words = {"OK": "cancelled", "RUNNING": how, "ENDED": "had ended", "UNKNOWN": "gone"}
    return _summed(answers, words)


def _retry(client: Client, effect: Effect) -> str:
    said = [FULL.strip() if answer.startswith(FULL) else answer for answer in client.retry(effect.targets)]
    words = {
        "OK": "queued again", "ACTIVE": "not ended yet", "UNNEEDED": "did not fail", "UNIQUE": "of a unique task",
        "SECRET": "had secrets: qctl run", "SKIPPED": "never had a turn: retry the workflow",
        "GONE": "input is gone", "UNKNOWN": "gone", "FULL": "queue is full",
    }  # fmt: skip
    return _summed(Counter(said), words)


def _pause(client: Client, effect: Effect) -> str:
    answers = client.queueing.pause(effect.targets, _REASON, caller(), None)
    return f"{_named(effect.targets)}: paused" + (" (it was already)" if answers == ["ALREADY"] else "")


def _resume(client: Client, effect: Effect) -> str:
    client.queueing.resume(effect.targets)
    return f"{_named(effect.targets)}: goes on"


def _worker(client: Client, effect: Effect) -> str:
    told = [worker for name in effect.targets for worker in client.command_worker(name, effect.said["command"])]
    return f"{', '.join(worker.label for worker in told)}: told to {effect.said['command']}"


def _disable(client: Client, effect: Effect) -> str:
    Scheduling(client).disable(effect.targets, _REASON, caller(), None)
    return f"{_named(effect.targets)}: disabled"


def _enable(client: Client, effect: Effect) -> str:
    Scheduling(client).enable(effect.targets)
    return f"{_named(effect.targets)}: enabled"


def _run_now(client: Client, effect: Effect) -> str:
    scheduling = Scheduling(client)
    found = [read_schedule(state) for state in scheduling.reading.states(effect.targets)]
    receipts = [scheduling.run(ManualRun(schedule=read[0])) for read in found if read is not None]
    return (
        f"queued {' '.join(receipt.id for receipt in receipts)}" if receipts else "it cannot be read here: qctl doctor"
    )


def _summed(answers: Mapping[str, int], words: Mapping[str, str]) -> str:
    """`2 cancelled, 1 told to stop`."""
    return ", ".join(f"{number:,} {words.get(answer, answer.lower())}" for answer, number in answers.items())


def _named(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else count(len(names), "row")


DOINGS: Final[Mapping[str, Callable[[Client, Effect], str]]] = MappingProxyType(
    {
        "cancel": _cancel,
        "retry": _retry,
        "pause": _pause,
        "resume": _resume,
        "worker": _worker,
        "disable": _disable,
        "enable": _enable,
        "run-now": _run_now,
    }
)
