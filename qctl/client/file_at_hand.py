"""What is wrong with the caller's own tasks.toml, in sentences, each with the command that helps."""

from __future__ import annotations

from qctl.later import later
from qctl.model.show import count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shlex import quote
    from typing import Final

    from qctl.client.troubles import Trouble
    from qctl.config import BadFile, Config
else:
    quote = later("shlex", "quote")

_MOST: Final = 3  #: tasks that are named one by one


def file_troubles(config: Config | None, error: BadFile | None) -> list[Trouble]:
    """What is wrong with the file at hand: all of it, or some of its tasks, whatever workers go on with."""
    if error is not None:
        return [(str(error), "qctl check")]
    if config is None or not config.broken:
        return []
    said = [f"{name}: {problems[0].message}" for name, problems in config.broken.items()]
    more = f"; and {len(said) - _MOST:,} more" if len(said) > _MOST else ""
    declared = f"{count(len(said), 'task')} of {config.file} cannot be used"
    return [(f"{declared}: {'; '.join(said[:_MOST])}{more}", f"qctl --file {quote(config.file)} check")]
