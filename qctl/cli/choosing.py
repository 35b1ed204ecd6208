"""Which jobs are meant: ids, their beginnings, `@last`, `@last:TASK`, `@failed`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from qctl.client import Client


def chosen(client: Client, words: Iterable[str]) -> list[str]:
    """The ids that the words stand for, each once. Raises NotFound."""
    return list(dict.fromkeys(client.resolve(word) for word in words))
