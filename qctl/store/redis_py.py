"""The transport for what the wire does not speak: TLS, Sentinel and Cluster URLs, carried by redis-py.

The library's own retries are off: they would send a write again without anybody knowing. Ours may be sent again,
because every command of the store may.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import AuthenticationError, MovedError, NoScriptError
from redis.retry import Retry
from redis.sentinel import Sentinel

from qctl.errors import QctlError, RedisUnreachable
from qctl.store.address import Address, parse_address
from qctl.store.command import Command
from qctl.store.refusals import ConnectionBroken, is_unknown_script, refusal

# redis-py has no types for these.
_sentinel: Any = Sentinel
_node: Any = ClusterNode


class RedisPy:
    """A blocking connection through redis-py."""

    def __init__(self, url: str, timeout: float) -> None:
        self.address = parse_address(url)
        self.timeout = timeout
        self._url = url
        self._pool: Any = None

    def exchange(self, commands: Sequence[Command[Any]]) -> list[Any]:
        """As `Wire.exchange`."""
        answers = self._round_trip(commands)
        again = [at for at, answer in enumerate(answers) if _is_unknown(answer)]
        if again:
            for at, answer in zip(again, self._round_trip([commands[a].with_source() for a in again]), strict=True):
                answers[at] = answer
        return [
            self._refusal(answer) if isinstance(answer, redis.RedisError) else command.read(answer)
            for answer, command in zip(answers, commands, strict=True)
        ]

    def close(self) -> None:
        if self._pool is not None:
            self._pool.disconnect()
            self._pool = None

    def _round_trip(self, commands: Sequence[Command[Any]]) -> list[Any]:
        connection, pool = self._connection(commands)
        try:
            connection.send_packed_command(connection.pack_commands([command.words for command in commands]))
            answers = [_answer_of(connection) for _ in commands]
        except (redis.ConnectionError, redis.TimeoutError) as error:
            connection.disconnect()
            raise ConnectionBroken(url=self.address.shown, reason=str(error)) from error
        finally:
            pool.release(connection)
        if any(isinstance(answer, MovedError) for answer in answers):
            self.close()  # the namespace lives on another node now: the next try asks the cluster again
            raise ConnectionBroken(url=self.address.shown, reason="the namespace moved to another node")
        return answers

    def _connection(self, commands: Sequence[Command[Any]]) -> tuple[Any, Any]:
        try:
            if self._pool is None:
                self._pool = _pool_for(self.address, self._url, self.timeout, _a_key(commands))
            return self._pool.get_connection(), self._pool
        except redis.RedisError as error:
            self.close()
            if getattr(error, "status_code", None) and not isinstance(error, redis.TimeoutError):
                raise self._refusal(error) from error
            raise RedisUnreachable(url=self.address.shown, reason=str(error)) from error

    def _refusal(self, error: redis.RedisError) -> QctlError:
        # redis-py takes the first word off the errors that it knows.
        word = getattr(error, "status_code", None) or ("NOAUTH" if isinstance(error, AuthenticationError) else "")
        return refusal(f"{word} {error}" if word else str(error), self.address.shown)


def _pool_for(address: Address, url: str, timeout: float, key: str) -> Any:
    """Make the pool of connections to the one server that holds the namespace of `key`."""
    options: dict[str, Any] = {
        "retry": Retry(NoBackoff(), 0),
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "protocol": 2,
    }
    own: dict[str, Any] = {"username": address.user or None, "password": address.password or None}
    if address.scheme == "redis+sentinel":
        watchers = _sentinel(list(address.hosts), sentinel_kwargs=options, **options)
        return watchers.master_for(address.service, db=address.db, **own).connection_pool
    if address.scheme == "redis+cluster":
        nodes = [_node(host, port) for host, port in address.hosts]
        cluster: Any = RedisCluster(startup_nodes=nodes, **own, **options)
        return cluster.get_redis_connection(cluster.get_node_from_key(key)).connection_pool
    return redis.Redis.from_url(url, **options).connection_pool


def _a_key(commands: Sequence[Command[Any]]) -> str:
    """A key of the namespace that these commands are about: all of them live in one slot."""
    words = (word for command in commands for word in command.words)
    return next((word for word in words if isinstance(word, str) and word.startswith("{")), "")


def _answer_of(connection: Any) -> Any:
    try:
        return connection.read_response()
    except redis.RedisError as error:
        # Some refusals are connection errors to redis-py, such as LOADING and NOAUTH; those carry the server's word.
        if isinstance(error, redis.ResponseError) or getattr(error, "status_code", None):
            return error
        raise


def _is_unknown(answer: Any) -> bool:
    return isinstance(answer, NoScriptError) or (
        isinstance(answer, redis.ResponseError) and is_unknown_script(str(answer))
    )
