"""Commands of their own: whether any worker of an instance runs them."""

from __future__ import annotations

from qctl.errors import NotPermitted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from qctl.client import Client


def check_adhoc(client: Client, adhoc: bool) -> None:
    """Refuse commands of their own where no worker runs one. Raises NotPermitted."""
    allowed = client.config.adhoc if client.config.adhoc is not None else client.instance.embedded
    if adhoc and not allowed:
        raise NotPermitted(
            f"{client.instance.shown} takes no commands of their own: only workers with `adhoc = true` run them",
            help="declare the command as a task, or set `adhoc = true` in [qctl]",
        )
