"""A query that cannot be read, with a caret under the place and what is allowed there."""

from __future__ import annotations

from qctl.errors import UsageError
from qctl.model.caret import pointed


class BadQuery(UsageError):
    """cannot read the query: {why}
    {shown}
    {caret}
    """

    help = "qctl help query        lists the fields, with examples"

    def __init__(self, text: str, begin: int, end: int, why: str, allowed: str = "") -> None:
        shown, caret = pointed(text, begin, end)
        more = {"help": f"{allowed}\n{self.help}"} if allowed else {}
        super().__init__(why=why, shown=shown, caret=caret, **more)
