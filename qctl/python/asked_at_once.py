"""What Celery's users ask of a handle without a wait of their own, made of what every handle answers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any


class AskedAtOnce:
    """A handle that can be looked at."""

    @abstractmethod
    def ready(self) -> bool:
        """Whether it has ended."""

    @abstractmethod
    def failed(self) -> bool:
        """Whether it, or a part of it, has failed."""

    @abstractmethod
    def get(self, timeout: float | None = None, propagate: bool = True) -> Any:
        """Wait for its end."""

    def maybe_throw(self, propagate: bool = True) -> Any:
        """What `get` answers or raises, at once: None, and nothing raised, as long as it has neither ended nor failed.

        Raises as `get`.
        """
        return self.get(propagate=propagate) if self.ready() or (propagate and self.failed()) else None

    maybe_reraise = maybe_throw


class Followed(AskedAtOnce):
    """One that others may follow."""

    @abstractmethod
    def collect(self, timeout: float | None = None) -> Iterator[tuple[Any, Any]]:
        """Wait for this and all that follows it."""

    def get_leaf(self) -> Any:
        """Wait for this and for all that follows it, and answer the value of the last. Raises as `get`."""
        value = None
        for _, value in self.collect():  # noqa: B007
            pass
        return value
