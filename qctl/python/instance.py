"""`Qctl`: an instance of qctl as Python programs use it, by task name or by tasks that they have imported.

What names no instance goes to the process's own: found as the command line finds it, or as `configure` says.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import tzinfo
from functools import cached_property
from pathlib import Path
from typing import Any

from qctl.client.asking import Client
from qctl.client.inside import InnerClient
from qctl.client.opening import TIMEOUT, open_client
from qctl.client.submitting import Receipt
from qctl.config import Config, find, load
from qctl.config.host_zone import host_zone, zone_named
from qctl.config.places import run_directory
from qctl.config.requests import Options, Request
from qctl.config.values import NoSuchTask
from qctl.errors import UsageError
from qctl.model.workflow.tree import Step
from qctl.python.asked import Asked, Submitting
from qctl.python.call_options import if_exists
from qctl.python.inside import runs_a_job
from qctl.python.job_handle import JobHandle
from qctl.python.plain import plain
from qctl.python.unknown_tasks import told_to_a_program


class Qctl:
    """An instance of qctl. Parameters of a task are a mapping and options are keywords: they never collide.

    What is not given is found as the command line finds it: `file` by QCTL_FILE or upwards from the current folder,
    `redis` and `namespace` by QCTL_REDIS and QCTL_NAMESPACE, then by what tasks.toml says. No call waits for Redis any
    longer than `timeout` seconds at a time. Inside a job, what is submitted goes through the job's worker.

    It may be used from any thread, and after a fork: each thread of each process has a connection of its own, made at
    its first call.
    """

    def __init__(
        self,
        file: str | Path | None = None,
        redis: str | None = None,
        namespace: str | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self._file = str(file) if file is not None else None
        self._redis = redis or os.environ.get("QCTL_REDIS")
        self._namespace = namespace or os.environ.get("QCTL_NAMESPACE")
        self._timeout = timeout
        self._opened = threading.local()

    @property
    def client(self) -> Client:
        """All that one may ask, for this thread; opened on first use."""
        if (instead := self._instead) is not None:
            return instead.client
        held: _Held | None = getattr(self._opened, "held", None)
        if held is None or held.process != os.getpid():
            held = self._opened.held = _Held(self._open())
        return held.client

    @property
    def asked(self) -> Asked:
        """What handles ask, for this thread."""
        return self.client if self._instead is None else self._instead.asked

    @cached_property
    def config(self) -> Config:
        """What tasks.toml said when it was first asked for."""
        found = find(self._file, os.environ, os.getcwd())
        return load(found) if found else Config()

    @property
    def zone(self) -> tzinfo:
        """The time zone of dates that name none."""
        return zone_named(self.config.timezone) if self.config.timezone else host_zone(os.environ)

    @property
    def inner(self) -> Submitting | None:
        """The way through the worker of the job in which this process runs; None outside of one."""
        if (instead := self._instead) is not None:
            return instead.inner
        folder = None if self._redis else run_directory(os.environ)
        return None if folder is None else InnerClient(folder, self.config)

    @property
    def is_inside(self) -> bool:
        """Whether what asks is a job, which may neither wait nor ask: also one that `apply()` runs in this process."""
        if (instead := self._instead) is not None:
            return instead.is_inside
        return self.inner is not None or runs_a_job()

    @property
    def sends_whole(self) -> bool:
        """Whether a group of an iterator is read to its end before it is sent, as a job has to."""
        if (instead := self._instead) is not None:
            return instead.sends_whole
        return self.inner is not None

    @property
    def _instead(self) -> Qctl | None:
        """What answers in place of this one."""
        return _standing_in[-1] if _standing_in and _standing_in[-1] is not self else None

    def submit(self, requests: Iterable[Request]) -> Sequence[Receipt]:
        """Submit what was asked for, from wherever this runs. Raises as `Client.submit`."""
        try:
            if (inner := self.inner) is not None:
                return inner.submit(requests, strict=False)
            return self.asked.submit(requests, strict=self.asked.knows_every_task)
        except NoSuchTask as error:
            raise told_to_a_program(error, (self._instead or self).config) from None
        except UsageError as error:
            if error.advice:
                error.add_note(error.advice)
            raise

    def put(self, task: str, params: Mapping[str, Any], args: Sequence[Any] = ()) -> str | None:
        """As `Client.put`; None also inside of a job, and where another instance, or another `submit`, is meant."""
        if type(self).submit is not Qctl.submit or self._instead is not None or self.inner is not None:
            return None
        return self.client.put(task, params, args)

    def put_many(self, calls: Sequence[tuple[str, Mapping[str, Any]]]) -> list[str] | None:
        """As `Client.put_many`; None also where `put` answers it."""
        if type(self).submit is not Qctl.submit or self._instead is not None or self.inner is not None:
            return None
        return self.client.put_many(calls)

    def send(self, task: str, params: Mapping[str, Any] | None = None, **options: Any) -> JobHandle:
        """Submit one job. Options: queue, priority, countdown, eta_ms, expires, retries, key, if_exists, host, env,
        after (ids of jobs that have to succeed first), tags, labels, id; `args` are values by place.

        Raises ParameterError, NotFound, Refused, OutcomeUnknown or TypeError for an unknown option.
        """
        if not options and (job := self.put(task, params or {})) is not None:
            return JobHandle(job, self._asked_of_thread)
        return self.send_many([(task, params or {})], **options)[0]

    def send_many(self, calls: Iterable[tuple[str, Mapping[str, Any]]], **options: Any) -> list[JobHandle]:
        """Submit jobs, each a task and its parameters, in as few round trips as their size allows.

        Raises as `send`; where some were accepted before an error, its `accepted` are their ids.
        """
        wanted = list(calls)
        if not options and (ids := self.put_many(wanted)) is not None:
            asked = self._asked_of_thread
            return [JobHandle(job, asked) for job in ids]
        args = tuple(options.pop("args", ()))
        if "if_exists" in options:
            options["if_exists"] = if_exists(options["if_exists"])
        if unknown := options.keys() - Options.__dataclass_fields__.keys():
            raise TypeError(f"send() takes no option {' '.join(sorted(unknown))}")
        chosen = Options(**options)
        requests = [_request(task, params, args, chosen) for task, params in wanted]
        opened = None if self.inner is not None else self._asked_of_thread
        return [JobHandle(receipt.id, opened) for receipt in self.submit(requests)]

    def job(self, job_id: str) -> JobHandle:
        """A job by its id. Nothing is asked yet."""
        return JobHandle(job_id, self._asked_of_thread)

    def close(self) -> None:
        """Let this thread's connection go; its next call makes another. Those of other threads go when they end."""
        self._opened.held = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Sent to another process it means the same instance, by connections of that process's own."""
        return Qctl, (self._file, self._redis, self._namespace, self._timeout)

    def _open(self) -> Client:
        return open_client(self.config, self._redis, self._namespace, self._timeout)

    def _asked_of_thread(self) -> Asked:
        return self.asked


def _request(task: str, params: Mapping[str, Any], args: tuple[Any, ...], options: Options) -> Request:
    if not args:
        return Request(task=task, params=params, options=options)
    given = tuple(plain(value, f"argument {place} of {task}") for place, value in enumerate(args, 1))
    return Request(task=task, tree=Step(task=task, params=params, args=given), options=options)


class _Held:
    """The client of one thread, closed when the thread ends. What a fork has copied is closed without a word."""

    def __init__(self, client: Client) -> None:
        self.client, self.process = client, os.getpid()

    def __del__(self) -> None:
        self.client.close()


_current: list[Qctl] = []
_standing_in: list[Qctl] = []


@contextmanager
def standing_in(instance: Qctl) -> Iterator[None]:
    """Let an instance answer in place of every other one of this process for a while: a test's, say, for the real."""
    _standing_in.append(instance)
    try:
        yield
    finally:
        _standing_in.remove(instance)


def current_instance() -> Qctl:
    """The instance of this process, for what names none of its own."""
    if _standing_in:
        return _standing_in[-1]
    if not _current:
        _current.append(Qctl())
    return _current[-1]


def configure(
    file: str | Path | None = None, redis: str | None = None, namespace: str | None = None, timeout: float = TIMEOUT
) -> Qctl:
    """Say which instance `delay`, `apply_async` and handles mean in this process from now on, and answer it."""
    _current[:] = [Qctl(file, redis, namespace, timeout)]
    return _current[-1]
