"""The transport for what the wire does not speak: TLS, Sentinel and Cluster URLs, carried by redis-py.

The library's own retries are off: they would send a write again without anybody knowing. Ours may be sent again,
because every command of the store may.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from qctl.errors import RedisUnreachable
from qctl.store.address import parse_address
from qctl.store.command import Command
from qctl.store.refusals import ConnectionBroken, is_unknown_script, refusal


class Library:
    """A blocking connection through redis-py."""

    def __init__(self, url: str, timeout: float) -> None:
        self.address = parse_address(url)
        self.timeout = timeout
        self._redis = redis.Redis.from_url(
            url, retry=Retry(NoBackoff(), 0), socket_timeout=timeout, socket_connect_timeout=timeout
        )

    def exchange(self, commands: Sequence[Command[Any]]) -> list[Any]:
        """As `Wire.exchange`."""
        answers = self._round_trip(commands)
        again = [at for at, answer in enumerate(answers) if _is_unknown(answer)]
        if again:
            for at, answer in zip(again, self._round_trip([commands[a].with_source() for a in again]), strict=True):
                answers[at] = answer
        return [
            refusal(str(answer), self.address.shown)
            if isinstance(answer, redis.ResponseError)
            else command.read(answer)
            for answer, command in zip(answers, commands, strict=True)
        ]

    def close(self) -> None:
        self._redis.close()

    def _round_trip(self, commands: Sequence[Command[Any]]) -> list[Any]:
        pool = self._redis.connection_pool
        try:
            connection: Any = pool.get_connection()
        except redis.RedisError as error:
            raise RedisUnreachable(url=self.address.shown, reason=str(error)) from error
        try:
            connection.send_packed_command(connection.pack_commands([command.words for command in commands]))
            return [_answer_of(connection) for _ in commands]
        except (redis.ConnectionError, redis.TimeoutError) as error:
            connection.disconnect()
            raise ConnectionBroken(url=self.address.shown, reason=str(error)) from error
        finally:
            pool.release(connection)


def _answer_of(connection: Any) -> Any:
    try:
        return connection.read_response()
    except redis.ResponseError as error:
        return error


def _is_unknown(answer: Any) -> bool:
    return isinstance(answer, redis.exceptions.NoScriptError) or (
        isinstance(answer, redis.ResponseError) and is_unknown_script(str(answer))
    )
