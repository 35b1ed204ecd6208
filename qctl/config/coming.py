"""What of a configuration can run while code is still being imported."""

from __future__ import annotations

from qctl.classes import replace
from qctl.model.call import Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from qctl.config.values import Config


def without_code(config: Config) -> Config:
    """The same, with those tasks alone that need no code; itself if all are such."""
    tasks = {name: task for name, task in config.tasks.items() if task.kind is not Kind.CALL}
    if len(tasks) == len(config.tasks) and not config.modules:
        return config
    return replace(config, tasks=tasks, declared={}, modules=())


def known_to(slots: Config, config: Config) -> Config:
    """The same, without those tasks that slots started with another do not know; itself if they know all."""
    tasks = {name: task for name, task in config.tasks.items() if name in slots.tasks}
    return config if len(tasks) == len(config.tasks) else replace(config, tasks=tasks)
