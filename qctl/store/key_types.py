"""Keys of a namespace that hold another type than they should: somebody else has written over them."""

from __future__ import annotations

from qctl.store.command import Command
from qctl.store.replies import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from qctl.store.keys import Keys
    from qctl.store.store import Store

_TYPES: Final = frozenset({"string", "list", "set", "zset", "hash", "stream"})


def types_of(keys: Keys) -> Mapping[str, str]:
    """By name, the type of each key of which there is one, as its description in `keys` begins."""
    found = {}
    for part in type(keys).__mro__:
        for name, attribute in vars(part).items():
            if isinstance(attribute, property) and (said := _said(attribute.__doc__ or "")):
                found[str(getattr(keys, name))] = said
    return found


def _said(description: str) -> str | None:
    """The type that a description begins with: `zset: …`, `capped stream: …`, `string, with a TTL: …`."""
    first = description.removeprefix("capped ").partition(" ")[0].rstrip(":,")
    return first if first in _TYPES else None


def written_over(store: Store, queues: tuple[str, ...] = ()) -> list[str]:
    """The keys of another type, those of these queues among them."""
    expected = {**types_of(store.keys), **{store.keys.ready(queue): "zset" for queue in queues}}
    found = store.do_all([Command(("TYPE", name), text) for name in expected])
    return [name for (name, due), kind in zip(expected.items(), found, strict=True) if kind not in (due, "none")]
