"""Enumerations of texts that cost nothing to declare: `StrEnum`.

It means what that of the standard library means, which takes longer to import than Python to read the command line
(`enum`, `functools`, `collections`), and declares a class in half a millisecond. Of what the library offers this has
what qctl uses: members by value, by name and in order, their `name` and `value`, methods of the class.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from enum import StrEnum
    from typing import Any, NoReturn

__all__ = ["StrEnum"]


class _Members(type):
    """The class of an enumeration: its texts become members, and no others are made."""

    _by_name: dict[str, Any]
    _by_value: dict[str, Any]

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> _Members:
        texts = {key: value for key, value in body.items() if isinstance(value, str) and not key.startswith("_")}
        made = super().__new__(cls, name, bases, {key: value for key, value in body.items() if key not in texts})
        made._by_name, made._by_value = {}, {}
        for key, text in texts.items():
            member: Any = str.__new__(made, text)  # type: ignore[arg-type]
            member.__dict__.update(name=key, value=text)
            made._by_name[key] = made._by_value[text] = member
            type.__setattr__(made, key, member)
        if len(made._by_value) != len(texts):
            raise ValueError(f"{name}: two members have one value")
        return made

    def __call__(cls, value: object) -> Any:
        """The member of a value. Raises ValueError."""
        try:
            return cls._by_value[value]  # type: ignore[index]
        except (KeyError, TypeError):
            raise ValueError(f"{value!r} is not a valid {cls.__qualname__}") from None

    def __getitem__(cls, name: str) -> Any:
        return cls._by_name[name]

    def __iter__(cls) -> Iterator[Any]:
        return iter(cls._by_name.values())

    def __reversed__(cls) -> Iterator[Any]:
        return reversed(cls._by_name.values())

    def __len__(cls) -> int:
        return len(cls._by_name)

    def __contains__(cls, value: object) -> bool:
        return isinstance(value, str) and value in cls._by_value

    @property
    def __members__(cls) -> dict[str, Any]:
        return dict(cls._by_name)

    def __setattr__(cls, name: str, value: object) -> None:
        if name in cls.__dict__.get("_by_name", ()):
            raise AttributeError(f"cannot reassign member {name!r}")
        super().__setattr__(name, value)


if not TYPE_CHECKING:

    class StrEnum(str, metaclass=_Members):
        """A closed set of texts."""

        def __repr__(self) -> str:
            return f"<{type(self).__name__}.{self.name}: {self.value!r}>"

        def __setattr__(self, name: str, value: object) -> NoReturn:
            raise AttributeError(f"a member of {type(self).__name__} cannot be changed")

        def __copy__(self) -> Any:
            return self

        def __deepcopy__(self, _memo: object) -> Any:
            return self

        def __reduce__(self) -> tuple[Any, ...]:
            return type(self), (self.value,)
