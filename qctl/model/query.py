"""QUERY, the small language that says which jobs are meant: words become a tree, a tree becomes words again.

    state:failed task:back* -label:env=test (age>1h OR exit:22) "disk full"

Blank is AND, `OR` is weaker, `-` negates a term or a group. What the fields mean stands in `query_fields`, whether a
job is meant in `query_match`, where to look for such jobs in `query_scope`. `qctl help query` is this in words.
"""

from __future__ import annotations

from qctl.later import later
from qctl.model.query_error import BadQuery
from qctl.model.query_fields import COMPARED, FIELDS, Unfit, checked, usage, written
from qctl.model.query_tree import Either, Every, Field, Measure, Not, Word, either, every

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime, tzinfo
    from typing import Final

    from qctl.model.query_tree import Query
    from qctl.model.suggest import did_you_mean
else:
    did_you_mean = later("qctl.model.suggest", "did_you_mean")

LONGEST: Final = 2000  #: characters of a query
DEEPEST: Final = 40  #: groups and negations inside each other

_LETTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")  #: of names of fields
_SIGNS: Final = ("<=", ">=", "<", ">", ":")  #: the longer ones first


def parse(text: str, now: datetime, zone: tzinfo) -> Query:
    """Read a query; an empty one means every job. Dates without a zone are in `zone`. Raises BadQuery."""
    return _Parser(text, now, zone).whole()


def render(query: Query) -> str:
    """Write a query so that `parse` reads the same tree."""
    match query:
        case Word(text):
            return _written(text, bare=True)
        case Field(name, value):
            return f"{name}:{_written(value)}"
        case Measure(name, sign, value):
            return f"{name}{sign}{_written(value)}"
        case Not(inner):
            return f"-{_grouped(inner)}"
        case Every(parts):
            return " ".join(f"({render(part)})" if isinstance(part, Either) else render(part) for part in parts)
        case Either(parts):
            return " OR ".join(map(render, parts))


def _grouped(query: Query) -> str:
    return f"({render(query)})" if isinstance(query, Every | Either) else render(query)


def _written(text: str, *, bare: bool = False) -> str:
    """A text as it is, or in quotes where it would be read as something else."""
    other = bare and (text in ("OR", "AND") or text.startswith("-") or _head(text, 0))
    if text and _plain_end(text, 0) == len(text) and not other:
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _plain_end(text: str, at: int) -> int:
    """Where what needs no quotes ends."""
    while at < len(text) and not (text[at].isspace() or text[at] in '()"'):
        at += 1
    return at


def _head(text: str, begin: int) -> tuple[str, str] | None:
    """The name of a field and the sign after it, if they stand there."""
    end = begin
    while text[end : end + 1] in _LETTERS:
        end += 1
    sign = next((sign for sign in _SIGNS if text.startswith(sign, end)), "")
    return (text[begin:end], sign) if sign and end > begin else None


def _quoted(text: str, at: int) -> tuple[str, int] | None:
    """What a quoted piece says, whose quote stands before this place, and where it ends; None if it is not closed."""
    said = []
    while at < len(text) and text[at] != '"':
        at += text[at] == "\\"  # what follows stands for itself
        said.append(text[at : at + 1])
        at += 1
    return ("".join(said), at + 1) if at < len(text) else None


class _Parser:
    """One reading of a query from left to right; `at` is the place that is read next."""

    def __init__(self, text: str, now: datetime, zone: tzinfo) -> None:
        self.text, self.now, self.zone = text, now, zone
        self.at = 0
        self.depth = 0

    def whole(self) -> Query:
        if len(self.text) > LONGEST:
            raise BadQuery(self.text, LONGEST, len(self.text), f"it is longer than {LONGEST:,} characters")
        self._skip_blank()
        if self.at == len(self.text):
            return Every()
        found = self._either()
        if self.at < len(self.text):
            raise self._wrong("nothing was opened that this would close", self.at, self.at + 1)
        return found

    def _either(self) -> Query:
        parts = [self._every()]
        while self._keyword("OR"):
            parts.append(self._every())
        return either(parts)

    def _every(self) -> Query:
        parts = [self._one()]
        while self._keyword("AND") or not (self._at_end() or self._sees("OR")):
            parts.append(self._one())
        return every(parts)

    def _one(self) -> Query:
        self._skip_blank()
        begin = self.at
        if self._at_end() or self._sees("OR") or self._sees("AND"):
            raise self._wrong("a word or a field is missing here", begin, begin + 1)
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._wrong(f"more than {DEEPEST} groups stand inside each other", begin, begin + 1)
        if self.text[begin] == "-":
            self.at += 1
            if self.text[self.at : self.at + 1].isspace():
                raise self._wrong("what follows a - stands right after it; a - of its own stands in quotes", begin)
            found: Query = Not(self._one())
        elif self.text[begin] == "(":
            found = self._group(begin)
        else:
            found = self._term(begin)
        self.depth -= 1
        return found

    def _group(self, begin: int) -> Query:
        self.at += 1
        found = self._either()
        self._skip_blank()
        if self.text[self.at : self.at + 1] != ")":
            raise self._wrong("this is not closed", begin, begin + 1)
        self.at += 1
        return found

    def _term(self, begin: int) -> Query:
        head = _head(self.text, begin)
        if head is None:
            return Word(self._said(begin))
        name, sign = head[0].lower(), head[1]
        named = begin + len(name)
        if name not in FIELDS:
            meant = did_you_mean(name, FIELDS)
            why = f"there is no field `{name}`{meant or '; text that holds a colon stands in quotes'}"
            raise self._wrong(why, begin, named, " ".join(map(written, FIELDS)))
        value = self._said(named + len(sign)) if self._continues(named + len(sign)) else ""
        if (sign != ":") != (name in COMPARED):
            way = f"{name}>10m" if name in COMPARED else f"{name}:{value or '…'}"
            raise self._wrong(f"`{name}` is written as {way}", begin, self.at, usage(name))
        try:
            checked(name, value, self.now, self.zone)
        except Unfit as error:
            raise self._wrong(str(error), begin, self.at, usage(name)) from None
        return Field(name, value) if sign == ":" else Measure(name, sign, value)

    def _continues(self, at: int) -> bool:
        self.at = at
        return at < len(self.text) and not (self.text[at].isspace() or self.text[at] in "()")

    def _said(self, begin: int) -> str:
        """A text from here to the next blank or parenthesis; quoted pieces of it may hold those."""
        self.at = begin
        pieces = []
        while self._continues(self.at):
            if self.text[self.at] == '"':
                found = _quoted(self.text, self.at + 1)
                if found is None:
                    raise self._wrong("this quote is not closed", self.at, len(self.text))
                piece, self.at = found
                pieces.append(piece)
            else:
                end = _plain_end(self.text, self.at)
                pieces.append(self.text[self.at : end])
                self.at = end
        return "".join(pieces)

    def _keyword(self, word: str) -> bool:
        if not self._sees(word):
            return False
        self.at += len(word)
        return True

    def _sees(self, word: str) -> bool:
        self._skip_blank()
        after = self.at + len(word)
        return self.text.startswith(word, self.at) and (after == len(self.text) or self.text[after] in " \t\r\n()")

    def _at_end(self) -> bool:
        self._skip_blank()
        return self.at == len(self.text) or self.text[self.at] == ")"

    def _skip_blank(self) -> None:
        while self.text[self.at : self.at + 1].isspace():
            self.at += 1

    def _wrong(self, why: str, begin: int, end: int | None = None, allowed: str = "") -> BadQuery:
        return BadQuery(self.text, begin, begin + 1 if end is None else end, why, allowed)
