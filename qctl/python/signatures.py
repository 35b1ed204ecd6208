"""Signatures: calls of one task written down, to be submitted later or put together.

fetch.s(url) | parse.s()
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import tzinfo
from typing import Any, Self

from qctl.config.declared_here import declared_here
from qctl.errors import NotFound
from qctl.model.workflow import tree as trees
from qctl.python.call_options import OF_A_STEP, check_options, request_options
from qctl.python.compositions import Composition, Writer
from qctl.python.plain import plain


class Signature(Composition):
    """One call of a task, given by its name or by itself. By name its code need not be importable here."""

    own_options = frozenset({"tolerant", "handler"})

    def __init__(
        self,
        task: Any,
        args: Iterable[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        *,
        immutable: bool = False,
        spread: str | None = None,
        items: Iterable[Any] = (),
        **options: Any,
    ) -> None:
        super().__init__()
        self.task: str = task if isinstance(task, str) else task.name
        self.args: tuple[Any, ...] = tuple(args or ())
        self.kwargs: dict[str, Any] = dict(kwargs or {})
        self.immutable = immutable
        self.spread, self.items = spread, tuple(items)
        if options:
            self.set(**options)

    def set(self, *, immutable: bool | None = None, **options: Any) -> Self:
        """As for every composition; also `immutable`, `tolerant` (its failure does not stop the chain: `name?`) and
        `handler` (it runs only if the step before it failed: `name!`).
        """
        if immutable is not None:
            self.immutable = immutable
        return super().set(**options)

    def set_immutable(self, immutable: bool) -> None:
        """Whether it takes no value of the step before it."""
        self.immutable = immutable

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the task here and now, as `function(…)` would. Raises NotFound if its code is not imported here."""
        called = self.given(args, kwargs)
        function = declared_here.get(self.task)
        if function is None:
            raise NotFound(f"no code imported here declares task {self.task}", help="import the module that does")
        if self.spread == "starmap":
            return [function(*item, **called.kwargs) for item in self.items]
        if self.spread == "map":
            return [function(item, **called.kwargs) for item in self.items]
        return function(*called.args, **called.kwargs)

    def clone(self, args: Iterable[Any] = (), kwargs: Mapping[str, Any] | None = None, **options: Any) -> Self:
        """A copy, with these arguments before its own."""
        copied = self._dressed(copy(self))
        copied.args, copied.kwargs = (*args, *self.args), {**self.kwargs, **(kwargs or {})}
        return copied.set(**options) if options else copied

    def given(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Self:
        return self.clone() if self.immutable else self.clone(args, kwargs)

    def _tree(self, zone: tzinfo, inherited: Mapping[str, Any] | None = None) -> trees.Step:
        options = {**(inherited or {}), **self.options}
        check_options(options, OF_A_STEP | self.own_options, f"{self.task} in a workflow")
        call = {name: value for name, value in options.items() if name in OF_A_STEP}
        step = trees.Step(
            task=self.task,
            params=plain(self.kwargs, f"an argument of {self.task}"),
            args=tuple(plain(value, f"argument {place} of {self.task}") for place, value in enumerate(self.args, 1)),
            takes_input=not self.immutable,
            tolerant=bool(options.get("tolerant")),
            handler=bool(options.get("handler")),
            options=request_options(call, zone),
            spread=self.spread,
            items=tuple(plain(list(self.items), f"the items of {self.task}")),
        )
        return self._linked(step, zone)

    def inner(self) -> Sequence[Composition]:
        return ()

    def _parts(self, write: Writer) -> dict[str, Any]:
        said: dict[str, Any] = {
            "task": self.task,
            "args": write(list(self.args), f"an argument of {self.task}"),
            "kwargs": write(self.kwargs, f"an argument of {self.task}"),
            "immutable": self.immutable,
        }
        if self.spread:
            said |= {"spread": self.spread, "items": write(list(self.items), f"the items of {self.task}")}
        return said
