"""Where one stands in an expression that is being read, and the one error there is."""

from __future__ import annotations

import json
import re

from qctl.errors import UsageError
from qctl.model import strict_json
from qctl.model.caret import pointed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

_SPACE: Final = re.compile(r"\s*")
_JSON: Final = json.JSONDecoder()


class BadPipeline(UsageError):
    """cannot read the pipeline: {why}
    {shown}
    {caret}
    """

    help = "qctl help pipelines        shows how they are written, with examples"

    def __init__(self, text: str, begin: int, end: int, why: str, hint: str = "") -> None:
        shown, caret = pointed(text, begin, end)
        super().__init__(why=why, shown=shown, caret=caret, **({"help": f"{hint}\n{self.help}"} if hint else {}))
        self.why, self.hint, self.begin, self.end = why, hint, begin, end


class Cursor:
    """A place in a text. What is taken is behind it; spaces before a sign are passed over."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    @property
    def at_end(self) -> bool:
        self.skip()
        return self.at >= len(self.text)

    def skip(self) -> None:
        found = _SPACE.match(self.text, self.at)
        assert found is not None
        self.at = found.end()

    def sees(self, sign: str) -> bool:
        """Whether this comes next."""
        self.skip()
        return self.text.startswith(sign, self.at)

    def took(self, sign: str) -> bool:
        """Take this if it comes next."""
        if not self.sees(sign):
            return False
        self.at += len(sign)
        return True

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Take what a pattern fits exactly here."""
        found = pattern.match(self.text, self.at)
        if found is not None:
            self.at = found.end()
        return found

    def json(self) -> Any:
        """Take a JSON value. Raises BadPipeline."""
        self.skip()
        begin = self.at
        try:
            _, end = _JSON.raw_decode(self.text, begin)
            value = strict_json.parse(self.text[begin:end])
        except RecursionError:
            raise self.error("no JSON: it is nested too deep", begin) from None
        except ValueError as error:
            place = error.pos if isinstance(error, json.JSONDecodeError) and error.doc is self.text else begin
            reason = error.msg.removesuffix(" starting at") if isinstance(error, json.JSONDecodeError) else str(error)
            raise self.error(f"no JSON: {reason}", place) from None
        self.at = end
        return value

    def error(self, why: str, begin: int | None = None, *, end: int = 0, hint: str = "") -> BadPipeline:
        """What to raise: `why`, with carets from `begin`, or from here, to `end`."""
        begin = self.at if begin is None else begin
        return BadPipeline(self.text, begin, max(begin + 1, end), why, hint)
