"""`Qctl`: the client as Python programs use it, by task name, without importing the tasks' code."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from qctl.client.asking import Client, knows_every_task
from qctl.client.handle import JobHandle
from qctl.client.inside import InnerClient, run_directory
from qctl.client.opening import TIMEOUT, open_client
from qctl.config import Config, find, load
from qctl.config.requests import Options, Request
from qctl.model.submission import IfExists


class Qctl:
    """An instance of qctl. Parameters of a task are a mapping and options are keywords: they never collide.

    What is not given is found as the command line finds it: `file` by QCTL_FILE or upwards from the current folder,
    `redis` and `namespace` by QCTL_REDIS and QCTL_NAMESPACE, then by what tasks.toml says. The connection is made at
    the first call. Inside a job, `send` goes through the job's worker.
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
        self._client: Client | None = None

    @property
    def client(self) -> Client:
        """All that one may ask; opened on first use."""
        if self._client is None:
            self._client = open_client(self._config(), self._redis, self._namespace, self._timeout)
        return self._client

    def _config(self) -> Config:
        found = find(self._file, os.environ, os.getcwd())
        return load(found) if found else Config()

    def send(self, task: str, params: Mapping[str, Any] | None = None, **options: Any) -> JobHandle:
        """Submit one job. Options: queue, priority, countdown, eta_ms, expires, retries, key, if_exists, host, env,
        after (ids of jobs that have to succeed first), tags, labels, id, args.

        Raises ParameterError, NotFound, Refused, OutcomeUnknown or TypeError for an unknown option.
        """
        return self.send_many([(task, params or {})], **options)[0]

    def send_many(self, calls: Iterable[tuple[str, Mapping[str, Any]]], **options: Any) -> list[JobHandle]:
        """Submit jobs, each a task and its parameters, in as few round trips as their size allows."""
        args = tuple(options.pop("args", ()))
        if "if_exists" in options:
            options["if_exists"] = IfExists(options["if_exists"])
        if unknown := options.keys() - Options.__dataclass_fields__.keys():
            raise TypeError(f"send() takes no option {' '.join(sorted(unknown))}")
        chosen = Options(**options)
        requests = [Request(task=task, params=params, args=args, options=chosen) for task, params in calls]
        folder = None if self._redis else run_directory(os.environ)
        if folder is not None:
            inner = InnerClient(folder, self._config())
            return [JobHandle(receipt.id, None) for receipt in inner.submit(requests, strict=False)]
        receipts = self.client.submit(requests, strict=knows_every_task(self.client))
        return [JobHandle(receipt.id, self.client) for receipt in receipts]

    def job(self, job_id: str) -> JobHandle:
        """A job by its id. Nothing is asked yet."""
        return JobHandle(job_id, self.client)

    def close(self) -> None:
        """Let the connection go."""
        if self._client is not None:
            self._client.close()
            self._client = None
