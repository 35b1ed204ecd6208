"""On which host a job is to run: that of the call, or of its task: one, one of several, or each of them."""

from __future__ import annotations

from qctl.classes import replace
from qctl.errors import UsageError
from qctl.later import later
from qctl.model.names import at_host

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import choice

    from qctl.config import Config
    from qctl.config.requests import Request
    from qctl.model.task import Task
    from qctl.store import Queue, WorkerInfo

    Choose = Callable[[Sequence[str], str], str]  #: from hosts and a queue one of the hosts
else:
    choice = later("random", "choice")


def placed(request: Request, config: Config, choose: Choose) -> list[Request]:
    """The request with a host, or one for each host; as it is if its task may run anywhere.

    Raises UsageError for an id or key that several jobs would have.
    """
    task = config.known(request.task)
    if request.options.host is not None or task is None or not task.host:
        return [request]
    if task.each_host:
        return _on_each(request, task)
    queue = request.options.queue or config.queue_of(task)
    return [_at(request, task.hosts[0] if len(task.hosts) == 1 else choose(task.hosts, queue))]


class LeastBusy:
    """Chooses, of several hosts, one with a live worker that reads the queue, and there the one with the fewest jobs.

    What it has chosen itself counts; the instance is asked once for each set of hosts.
    """

    def __init__(
        self, live: Callable[[], Sequence[WorkerInfo]], queues: Callable[[Sequence[str]], Sequence[Queue]]
    ) -> None:
        self._live, self._queues = live, queues
        self._loads: dict[tuple[str, ...], dict[str, int]] = {}

    def __call__(self, hosts: Sequence[str], queue: str) -> str:
        asked = (queue, *hosts)
        load = self._loads[asked] = self._loads.get(asked) or self._ask(hosts, queue)
        host = min(load, key=load.__getitem__)
        load[host] += 1
        return host

    def _ask(self, hosts: Sequence[str], queue: str) -> dict[str, int]:
        parts = {host: at_host(queue, host) for host in hosts}
        live = self._live()
        there = [host for host in hosts if any(worker.reads(parts[host]) for worker in live)] or list(hosts)
        load = {each.name: each.ready + each.running for each in self._queues(list(parts.values()))}
        return {host: load[parts[host]] for host in there}


def by_chance(hosts: Sequence[str], queue: str) -> str:
    """Choose where nobody can be asked who is there."""
    del queue
    return choice(hosts)


def _on_each(request: Request, task: Task) -> list[Request]:
    if request.options.id is not None or request.options.key is not None:
        raise UsageError(
            f"task {task.name} runs on each of {', '.join(task.hosts)}: one id or key cannot name several jobs",
            help=f"qctl run {task.name} --host {task.hosts[0]} …",
        )
    return [_at(request, host) for host in task.hosts]


def _at(request: Request, host: str) -> Request:
    return replace(request, options=replace(request.options, host=host))
