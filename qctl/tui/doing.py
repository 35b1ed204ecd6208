"""What changes the instance: effects carried out one after the other, on a thread and with a client of its own."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from types import MappingProxyType

from qctl.client.acting import FULL
from qctl.client.again import copy, with_secrets
from qctl.client.fleet import read_schedule
from qctl.client.purging import purge
from qctl.client.scheduling import ManualRun, Scheduling
from qctl.config.options import caller
from qctl.errors import QctlError, UsageError
from qctl.model.output import STDERR, STDOUT
from qctl.model.show import count, size
from qctl.tui.screen import Toast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Final

    from qctl.client import Client
    from qctl.client.following import LogPiece
    from qctl.tui.screen import Effect

_OF_FILES: Final = ("purge", "save")  #: a file is named in what they come to, which somebody may want to note
_REASON: Final = "from qctl top"


class Doer:
    """Carries out effects in the order in which they are asked for, and tells what each came to."""

    def __init__(
        self, client: Callable[[], Client], done: Callable[[Toast], object], broken: Callable[[Exception], object]
    ) -> None:
        self._open, self._done, self._broken = client, done, broken
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
        try:
            while (effect := self._asked.get()) is not None:
                self._done(self._carried_out(effect))
        except Exception as error:  # noqa: BLE001, RUF100 - a bug ends the screen, and not only this thread
            self._broken(error)
        if self._client is not None:
            self._client.close()

    def _carried_out(self, effect: Effect) -> Toast:
        """What it came to. Whatever goes wrong is said on the screen, which goes on."""
        try:
            self._client = self._client or self._open()
            return Toast(text=DOINGS[effect.name](self._client, effect), stays=effect.name in _OF_FILES)
        except QctlError as error:
            advice = f" ({error.advice.splitlines()[0]})" if error.advice else ""
            return Toast(text=str(error).splitlines()[0] + advice, bad=True, stays=effect.name in _OF_FILES)


def _cancel(client: Client, effect: Effect) -> str:
    number = int(signal.SIGKILL) if effect.said.get("force") else None
    answers = Counter(answer.answer for answer in client.cancel(effect.targets, _REASON, caller(), number))
    how = "killed" if number else "told to stop"
    words = {"OK": "cancelled", "RUNNING": how, "ENDED": "had ended", "UNKNOWN": "gone"}
    return _summed(answers, words, effect.targets)


def _retry(client: Client, effect: Effect) -> str:
    answers = client.retry(effect.targets, caller())
    said = [FULL.strip() if answer.startswith(FULL) else answer for answer in answers]
    words = {
        "OK": "queued again", "ACTIVE": "not ended yet", "UNNEEDED": "did not fail", "UNIQUE": "of a unique task",
        "SECRET": "had secrets: qctl run", "SKIPPED": "never had a turn: retry the workflow",
        "GONE": "input is gone", "UNKNOWN": "gone", "FULL": "queue is full",
    }  # fmt: skip
    return _summed(Counter(said), words, effect.targets)


def _copy_jobs(client: Client, effect: Effect) -> str:
    jobs = [with_secrets(client, job) for job in client.reading.jobs(effect.targets)]
    bare = [job for job in jobs if not job.call.secrets]
    copies = [copy(client, job).id for job in bare]
    said = [f"queued {' '.join(copies)}"] if copies else []
    if len(bare) < len(jobs):
        said.append(f"{len(jobs) - len(bare)} had secrets: qctl run")
    if len(jobs) < len(effect.targets):
        said.append(f"{len(effect.targets) - len(jobs)} gone")
    return ", ".join(said)


def _prioritise(client: Client, effect: Effect) -> str:
    by = int(effect.said["by"])
    answers = client.prioritise(effect.targets, by)
    if len(answers) == 1 and answers[0].isdecimal():
        return f"{effect.targets[0]}: priority {answers[0]}"
    words = {"SAME": f"at {9 if by > 0 else 0} already", "RUNNING": "running", "ENDED": "had ended", "UNKNOWN": "gone"}
    moved = "raised" if by > 0 else "lowered"
    return _summed(Counter(moved if answer.isdecimal() else answer for answer in answers), words, effect.targets)


def _pause(client: Client, effect: Effect) -> str:
    answers = client.queueing.pause(effect.targets, _REASON, caller(), None)
    return f"{_named(effect.targets, 'queue')}: paused" + (" (it was already)" if answers == ["ALREADY"] else "")


def _purge(client: Client, effect: Effect) -> str:
    (queue,) = effect.targets
    gone, path = purge(client, queue, None, None, caller())
    return f"{path} has {count(gone, 'cancelled job')} of queue {queue}"


def _save(client: Client, effect: Effect) -> str:
    """Write all that a job has written to a new file, that nobody else may read."""
    (job,) = effect.targets
    path = Path(os.path.expanduser(effect.said["text"] or f"{job}.log"))
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
            for name, pieces in _output(client, job):
                file.write(name)
                for piece in pieces:
                    if piece.chunk.stream in (STDOUT, STDERR):
                        file.write(piece.chunk.data)
            written = file.tell()
    except OSError as error:
        raise UsageError(f"{path} is not written: {error.strerror}", help="s asks for another name") from error
    return f"{path}: wrote {size(written)}"


def _output(client: Client, job: str) -> Iterator[tuple[bytes, list[LogPiece]]]:
    """What a job has written; of a workflow what each of its steps has, one after the other, each under its id."""
    flow = client.reading.workflow(job)
    if flow is None:
        yield b"", client.logs(job)
        return
    for step in flow.jobs.values():
        yield f"== {step.id} {step.call.task}\n".encode(), client.logs(step.id)


def _resume(client: Client, effect: Effect) -> str:
    client.queueing.resume(effect.targets)
    return f"{_named(effect.targets, 'queue')}: goes on"


def _worker(client: Client, effect: Effect) -> str:
    told = [worker for name in effect.targets for worker in client.command_worker(name, effect.said["command"])]
    return f"{', '.join(worker.label for worker in told)}: told to {effect.said['command']}"


def _disable(client: Client, effect: Effect) -> str:
    Scheduling(client).disable(effect.targets, effect.said.get("text") or _REASON, caller(), None)
    return f"{_named(effect.targets, 'schedule')}: disabled"


def _enable(client: Client, effect: Effect) -> str:
    Scheduling(client).enable(effect.targets)
    return f"{_named(effect.targets, 'schedule')}: enabled"


def _run_now(client: Client, effect: Effect) -> str:
    scheduling = Scheduling(client)
    found = [read_schedule(state) for state in scheduling.reading.states(effect.targets)]
    receipts = [scheduling.run(ManualRun(schedule=read[0])) for read in found if read is not None]
    return (
        f"queued {' '.join(receipt.id for receipt in receipts)}" if receipts else "it cannot be read here: qctl doctor"
    )


def _summed(answers: Mapping[str, int], words: Mapping[str, str], targets: Sequence[str]) -> str:
    """`2 cancelled, 1 told to stop`; of a single one its id: `7kq2f: told to stop`."""
    if len(targets) == 1 and answers:
        answer = next(iter(answers))
        return f"{targets[0]}: {words.get(answer, answer.lower())}"
    return ", ".join(f"{number:,} {words.get(answer, answer.lower())}" for answer, number in answers.items())


def _named(names: Sequence[str], noun: str) -> str:
    return f"{noun} {names[0]}" if len(names) == 1 else count(len(names), noun)


DOINGS: Final[Mapping[str, Callable[[Client, Effect], str]]] = MappingProxyType(
    {
        "cancel": _cancel,
        "retry": _retry,
        "copy-job": _copy_jobs,
        "prioritise": _prioritise,
        "purge": _purge,
        "save": _save,
        "pause": _pause,
        "resume": _resume,
        "worker": _worker,
        "disable": _disable,
        "enable": _enable,
        "run-now": _run_now,
    }
)
