"""What the code that this process has imported declares as tasks: empty where nobody has imported any."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final, Protocol

    from qctl.config.declared import Declared

    class Registered(Protocol):
        """A function that its code declares as a task."""

        @property
        def declared(self) -> Declared:
            """What is declared."""

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            """Run it."""


#: By name.
declared_here: Final[dict[str, Registered]] = {}
