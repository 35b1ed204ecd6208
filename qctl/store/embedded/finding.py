"""Where is the server? Every command asks; nearly always it runs, and the answer costs one connection."""

from __future__ import annotations

import sys

from qctl.later import import_module
from qctl.store.embedded.address import Pulse, ping
from qctl.store.embedded.directory import cannot_write, own_directory, prepare, url_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from qctl.store.embedded.directory import StrPath

#: Seconds that the server may take to say that it loads. One that is silent is there: the call that follows waits for
#: it as long as it may, and this comes on top.
_PATIENCE: Final = 0.1


def _to_stderr(warning: str) -> None:
    sys.stderr.write(f"qctl: warning: {warning}\n")


def ensure(directory: StrPath | None = None, fsync: str = "always", warn: Callable[[str], None] = _to_stderr) -> str:
    """Return the URL of the embedded server, starting it first if nobody has.

    `directory` is this user's own by default. `fsync` ("always" or "everysec") holds for a server that is started here;
    one that runs keeps its own. Raises NotPermitted (77) for a directory that is not ours alone, ConfigError (78) for
    one that another host, another flavour or a newer version has, RedisUnreachable (69) with the way out when no
    server can be started, RedisBusy (75) while it is still reading its data.
    """
    place = directory or own_directory()
    url = url_of(place)
    prepare(place)
    if ping(place, _PATIENCE) in (Pulse.ABSENT, Pulse.LOADING):
        # What starts a server takes longer to import than all of the above, and is needed once in a machine's uptime.
        launch = import_module("qctl.store.embedded.launch")
        try:
            launch.join_or_start(place, fsync, warn)
        except OSError as error:
            raise cannot_write(place, error) from error
    return url
