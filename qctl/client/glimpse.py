"""A look into the store that costs no more than it must: for whoever cannot wait until all of a client is imported."""

from __future__ import annotations

from contextlib import contextmanager

from qctl.store import Reading, open_store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Reading", "glimpse"]


@contextmanager
def glimpse(url: str, namespace: str, timeout: float) -> Iterator[Reading]:
    """What there is to read of a namespace, each exchange within these seconds. Raises ConfigError for a bad URL."""
    store = open_store(url, namespace, timeout)
    try:
        yield Reading(store)
    finally:
        store.close()
