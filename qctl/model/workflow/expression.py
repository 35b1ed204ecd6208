"""The expression of a workflow, `dump(db=main) | [gzip, checksum] | upload(bucket=s3://dr)`, read into a tree.

    expr   := step ( "|" step )*              one after the other
    step   := call | group
    group  := "[" expr ("," expr)* "]" "?"?   side by side
    call   := "."? NAME [ "(" arg ("," arg)* ")" ] mods      `.` before the name: it is not given the value before it
    arg    := KEY "=" VALUE | KEY ":=" JSON | VALUE
    mods   := ("?" | "!" | "*" INT | "@" QUEUE)*             in any order

A VALUE ends at `,` or `)`, without the spaces around it; in quotes it is a JSON text. `@FILE` is the text of a file;
`each(@FILE)`, `each([…])` and `each({list})` make the step a group, with a member for each line or value.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from qctl.errors import UsageError
from qctl.model import strict_json
from qctl.model.caret import pointed
from qctl.model.workflow.tree import MOST_NESTING, Chain, Each, FromFile, Group, Literal, Step, Tree, Value

MOST_RETRIES: Final = 1_000_000
_SPACE: Final = re.compile(r"\s*")
_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")
_QUEUE: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")
_KEY: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\s*(:=|=)\s*")
_UNQUOTED: Final = re.compile(r"[^,)]*")
_WHOLE: Final = re.compile(r"\d{1,9}", re.ASCII)
_PARAM: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_JSON: Final = json.JSONDecoder()


class BadPipeline(UsageError):
    """cannot read the pipeline: {why}
    {shown}
    {caret}
    """

    help = "qctl help pipelines        shows the grammar, with examples"
    folded = True  # a line that the terminal breaks would be taken for a part of the pipeline

    def __init__(self, text: str, begin: int, end: int, why: str, hint: str = "") -> None:
        shown, caret = pointed(text, begin, end)
        super().__init__(why=why, shown=shown, caret=caret, **({"help": f"{hint}\n{self.help}"} if hint else {}))
        self.why, self.hint, self.begin, self.end = why, hint, begin, end


def is_expression(text: str) -> bool:
    """Say whether a text that may be a task's name is an expression."""
    return any(sign in text for sign in "|[(")


def parse(text: str) -> Tree:
    """Read an expression. Raises BadPipeline, with the place, for whatever is none."""
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def whole(self) -> Tree:
        tree = self._chain()
        if self._at < len(self._text):
            raise self._wrong_after_step()
        return tree

    def _chain(self) -> Tree:
        elements = [self._step()]
        while self._took("|"):
            elements.append(self._step())
        return elements[0] if len(elements) == 1 else Chain(elements=tuple(elements))

    def _step(self) -> Tree:
        self._skip()
        if self._took("["):
            return self._group()
        column = self._at
        takes_input = not self._took(".")
        name = _NAME.match(self._text, self._at)
        if name is None:
            raise self._no_step()
        self._at = name.end()
        params: dict[str, Value] = {}
        words: list[Value] = []
        if self._took("("):
            self._arguments(params, words)
        tolerant, handler, options = self._marks()
        return Step(
            task=name[0],
            params=params,
            typed=False,
            words=tuple(words),
            takes_input=takes_input,
            tolerant=tolerant,
            handler=handler,
            options=options,
            column=column,
        )

    def _group(self) -> Group:
        self._depth += 1
        if self._depth > MOST_NESTING:
            raise self._error(f"is nested more than {MOST_NESTING} deep", self._at - 1)
        members = [self._chain()]
        while self._took(","):
            members.append(self._chain())
        if not self._took("]"):
            raise self._wrong_after_step("`,` or `]`")
        self._depth -= 1
        tolerant = self._took("?")
        if self._at < len(self._text) and self._text[self._at] in "?!*@":
            raise self._error("a group takes no mark but one `?`", hint="write the others behind its members")
        return Group(members=tuple(members), tolerant=tolerant)

    def _arguments(self, params: dict[str, Value], words: list[Value]) -> None:
        if self._took(")"):
            return
        while True:
            self._skip()
            key = _KEY.match(self._text, self._at)
            if key is None:
                words.append(self._value())
            elif key[1] in params:
                raise self._error(f"`{key[1]}` is given twice", end=key.end(1))
            else:
                self._at = key.end()
                params[key[1]] = Literal(self._json()) if key[2] == ":=" else self._value()
            if self._took(")"):
                return
            if not self._took(","):
                hint = 'a value that holds `,` or `)` is written in quotes: "…"'
                raise self._error("expected `,` or `)` after the argument", hint=hint)

    def _value(self) -> Value:
        if self._sees('"'):
            return self._quoted()
        if self._took("@"):
            return FromFile(self._path("a file"))
        if self._text.startswith("each(", self._at):
            return self._each()
        found = _UNQUOTED.match(self._text, self._at)
        assert found is not None
        value = found[0].strip()
        if not value:
            raise self._error("expected a value", hint='an empty text is written ""')
        self._at = found.end()
        return value

    def _each(self) -> Each:
        self._at += len("each(")
        self._skip()
        if self._took("@"):
            each = Each(path=self._path("a file"))
        elif param := _PARAM.match(self._text, self._at):
            self._at = param.end()
            each = Each(param=param[1])
        else:
            each = Each(values=tuple(self._values()))
        if not self._took(")"):
            raise self._error("expected `)` after what each(…) goes through")
        return each

    def _values(self) -> list[Value]:
        begin = self._at
        values = self._json() if self._sees("[") else None
        if not isinstance(values, list):
            hint = (
                'each(@-): the lines of stdin; each(@FILE); each(["a", "b"]); each({list}) in a workflow of tasks.toml'
            )
            raise self._error("each(…) goes through a file or a JSON list", begin, hint=hint)
        return [value if isinstance(value, str) else Literal(value) for value in values]

    def _path(self, what: str) -> str:
        if self._sees('"'):
            return self._quoted()
        found = _UNQUOTED.match(self._text, self._at)
        assert found is not None
        path = found[0].strip()
        if not path:
            raise self._error(f"expected the path of {what} after `@`", hint="@- is stdin")
        self._at = found.end()
        return path

    def _quoted(self) -> str:
        value = self._json()
        assert isinstance(value, str)
        return value

    def _json(self) -> Any:
        begin = self._at
        try:
            _, end = _JSON.raw_decode(self._text, begin)
            value = strict_json.parse(self._text[begin:end])
        except (ValueError, RecursionError) as error:
            place = error.pos if isinstance(error, json.JSONDecodeError) and error.doc is self._text else begin
            reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error) or "nested too deep"
            raise self._error(f"no JSON: {reason}", place) from None
        self._at = end
        return value

    def _marks(self) -> tuple[bool, bool, dict[str, Any]]:
        said: dict[str, Any] = {}
        while True:
            self._skip()
            begin, sign = self._at, self._text[self._at : self._at + 1]
            if sign not in ("?", "!", "*", "@"):
                break
            if sign in said:
                raise self._error(f"`{sign}` is said twice")
            self._at += 1
            said[sign] = True if sign in "?!" else self._retries(begin) if sign == "*" else self._queue(begin)
        options = {name: said[sign] for sign, name in (("*", "retries"), ("@", "queue")) if sign in said}
        return "?" in said, "!" in said, options

    def _retries(self, begin: int) -> int:
        found = _WHOLE.match(self._text, self._at)
        if found is None or int(found[0]) > MOST_RETRIES:
            raise self._error("expected how often it is tried again after `*`", begin, hint="step*3")
        self._at = found.end()
        return int(found[0])

    def _queue(self, begin: int) -> str:
        found = _QUEUE.match(self._text, self._at)
        if found is None:
            raise self._error("expected the name of a queue after `@`", begin, hint="step@batch")
        self._at = found.end()
        return found[0]

    def _skip(self) -> None:
        found = _SPACE.match(self._text, self._at)
        assert found is not None
        self._at = found.end()

    def _sees(self, sign: str) -> bool:
        self._skip()
        return self._text.startswith(sign, self._at)

    def _took(self, sign: str) -> bool:
        if not self._sees(sign):
            return False
        self._at += len(sign)
        return True

    def _no_step(self) -> BadPipeline:
        if self._sees("|"):
            return self._error("expected a task or a `[` group before `|`")
        if self._sees("]") or self._sees(","):
            return self._error("expected a task", hint="a group has at least one member: [a, b]")
        where = "it is empty: " if not self._text.strip() else ""
        return self._error(f"{where}expected the name of a task, or `[` and a group", hint="a | [b, c] | d")

    def _wrong_after_step(self, wanted: str = "`|`") -> BadPipeline:
        self._skip()
        for sign, hint in _MEANT.items():
            if self._text.startswith(sign, self._at):
                return self._error(f"expected {wanted} after the step", end=self._at + len(sign), hint=hint)
        return self._error(f"expected {wanted} after the step")

    def _error(self, why: str, begin: int | None = None, *, end: int | None = None, hint: str = "") -> BadPipeline:
        begin = self._at if begin is None else begin
        return BadPipeline(self._text, begin, max(begin + 1, end or 0), why, hint)


#: What people write that know other tools.
_MEANT: Final = {
    ">>": "steps are parted by `|`",
    "->": "steps are parted by `|`",
    "&": "steps side by side: [a, b]",
    "]": "there is no `[` before it",
    "=": "arguments stand in parentheses: dump(db=main)",
    ",": "steps side by side: [a, b]",
}
