"""The fields of a class of `qctl.classes` as the library's `dataclasses` has them: made when it asks."""

from __future__ import annotations

import dataclasses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def fields_of(owner: Any, own: Mapping[str, Any], missing: object) -> dict[str, Any]:
    """The library's fields of a class, by name; `missing` is what stands for no default in `own`."""
    library: Any = dataclasses
    found: dict[str, Any] = {}
    for name, one in own.items():
        more = {key: getattr(one, key) for key in ("default", "default_factory") if getattr(one, key) is not missing}
        made = library.field(init=one.init, repr=one.repr, compare=one.compare, kw_only=one.kw_only, **more)
        made.name = name
        made.type = _annotation(owner, name)
        made._field_type = library._FIELD
        found[name] = made
    return found


def _annotation(owner: Any, name: str) -> Any:
    for base in owner.__mro__:
        own = vars(base).get("__annotations__", {})
        if name in own:
            return own[name]
    return "Any"
