"""Which instance is meant, and a client of it: the Redis that the configuration names, else the embedded one."""

from __future__ import annotations

from qctl.client.asking import Client, Instance
from qctl.errors import RedisUnreachable
from qctl.later import later
from qctl.model.address import parse_address
from qctl.store.connecting import open_store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from qctl.config import Config
    from qctl.store.embedded.address import running
    from qctl.store.embedded.finding import ensure
else:
    ensure = later("qctl.store.embedded.finding", "ensure")
    running = later("qctl.store.embedded.address", "running")

TIMEOUT = 3.0  #: seconds, `--redis-timeout`


class NothingRunning(RedisUnreachable):
    """no embedded server is running"""

    help = "qctl up -d          starts one, with a worker"


def open_client(
    config: Config,
    redis: str | None = None,
    namespace: str | None = None,
    timeout: float = TIMEOUT,
    *,
    start: bool = True,
) -> Client:
    """Make a client. `redis` and `namespace` win over the configuration's.

    Without a URL the embedded server is used; it is started if `start` is true. Raises NothingRunning if it is false
    and there is none, and what the embedded server raises when it cannot start.
    """
    url, recover = redis or config.redis, _nothing
    embedded = url is None
    if url is None:
        found = running()
        if found is None and not start:
            raise NothingRunning(url="", reason="")
        recover = _starting_again(config.fsync)
        url = ensure(fsync=config.fsync)
    space = namespace or config.namespace
    instance = Instance(parse_address(url).shown, url, space, embedded)
    return Client(open_store(url, space, timeout), config, instance, recover)


def _starting_again(fsync: str) -> Callable[[], None]:
    def start_again() -> None:
        ensure(fsync=fsync)

    return start_again


def _nothing() -> None:
    return None
