"""What is wrong in a cron expression, said so that its writer can mend it."""

from __future__ import annotations


class CronError(ValueError):
    """A cron expression that cannot be read, or that never fires."""

    def __init__(self, what: str, *, note: str = "", meant: str = "", before: str = "") -> None:
        self.message = f"bad cron expression: {what}"  #: one line, without its full stop
        self.note = note  #: what to write instead, or what there is; empty: nothing to say
        self.meant = meant  #: the piece of the text to put a caret under; empty: all of it
        self.before = before  #: the text up to that piece, which may stand in it more than once
        super().__init__(self.message)
