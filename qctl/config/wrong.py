"""What a reader says of a value that cannot be what its key wants."""

from __future__ import annotations


class Wrong(ValueError):
    """A value cannot be what its key wants. `at` is the way from the key down to the part that is meant."""

    def __init__(
        self,
        message: str,
        *,
        note: str = "",
        at: tuple[str | int, ...] = (),
        meant: str = "",
        before: str = "",
        code: str = "Q015",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.note = note
        self.at = at
        self.meant = meant
        self.before = before  #: what stands before `meant` in the value, where it may stand there twice
