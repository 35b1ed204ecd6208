"""Secret parameters: parted from what may be shown, and hidden in what a job prints and leaves behind.

A secret's value stands in no job's record. What a job prints is searched for it before anything is stored, as it is
written, in capitals or small letters, and as JSON, Python, URLs, base64 and hex write it, also where it comes in two
pieces (attack 34, L12).
"""

from __future__ import annotations

from _collections_abc import Mapping  # loaded with Python; `collections` is not

from qctl import json_text
from qctl.later import later
from qctl.model import strict_json
from qctl.model.call import SHOWN
from qctl.model.param_types import LEAST_SECRET
from qctl.model.words import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from base64 import b64encode
    from collections.abc import Iterable, Iterator, Sequence
    from re import Match, escape, sub
    from re import compile as compiled
    from typing import Any, Final
    from urllib.parse import quote, quote_plus

    from qctl.model.task import Task
else:
    compiled, escape, sub = (later("re", name) for name in ("compile", "escape", "sub"))
    b64encode = later("base64", "b64encode")
    quote, quote_plus = (later("urllib.parse", name) for name in ("quote", "quote_plus"))

_LINE: Final = 8  #: characters of a line of a secret that is hidden by itself
_MASK: Final = SHOWN.encode()
_LEAST_BASE64: Final = 8  #: letters, 48 bits; fewer would be found where there is none
_CODE: Final = "%[0-9A-F]{2}"
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


def secret_names(task: Task) -> frozenset[str]:
    """The parameters of a task whose values nobody may see."""
    return frozenset(param.name for param in task.params if param.secret)


def part(params: Mapping[str, Any], names: frozenset[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part parameters into those that may be shown and those that may not."""
    shown = {name: value for name, value in params.items() if name not in names}
    return shown, {name: value for name, value in params.items() if name in names}


def encode(secrets: Mapping[str, Any]) -> bytes:
    """Write secret values as they are kept apart from their job; empty if there are none."""
    return json_text.dumps(secrets, separators=(",", ":")).encode() if secrets else b""


def decode(kept: bytes) -> dict[str, Any]:
    """Read what `encode` wrote. Raises ValueError for anything else."""
    secrets = strict_json.parse(kept.decode()) if kept else {}
    if not isinstance(secrets, dict):
        raise ValueError("the secrets are no JSON object")
    return secrets


def texts_to_hide(task: Task, params: Mapping[str, Any]) -> tuple[str, ...]:
    """The texts that a job of this task must not let be seen: of each secret the whole, its parts, its longer lines."""
    values = (params.get(param.name) for param in task.params if param.secret)
    return tuple(dict.fromkeys(text for value in values if value is not None for text in texts_of(value)))


def texts_of(value: Any) -> Iterator[str]:
    """The texts that show a secret value: the whole, its parts, its longer lines. Too short ones are left out."""
    for text in (text_of(value), *_leaves(value)):
        lines = [line for line in map(str.strip, text.split("\n")) if len(line) >= _LINE]
        yield from (one for one in (text, text.strip(), *lines) if len(one) >= LEAST_SECRET)


def _leaves(value: Any) -> Iterator[str]:
    """Each text and number in a list or an object."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner)
    elif not isinstance(value, bool) and value is not None:
        yield text_of(value)


class Veil:
    """Hides texts in bytes, and in JSON values."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.texts = tuple(texts)
        self.forms = _forms(self.texts)
        self._pattern = compiled(b"|".join(map(escape, self.forms)) or b"(?!)")

    def __bool__(self) -> bool:
        return bool(self.texts)

    def over(self, data: bytes) -> bytes:
        """The same with every secret hidden."""
        return self._pattern.sub(_MASK, data)

    def over_text(self, text: str) -> str:
        """The same with every secret hidden."""
        return self.over(text.encode(errors="surrogatepass")).decode(errors="surrogatepass")

    def over_json(self, data: bytes) -> bytes:
        """JSON with every secret hidden, that is JSON still: a number that is one becomes a text."""
        text = json_text.dumps(self._over_value(json_text.loads(data)), ensure_ascii=False, separators=(",", ":"))
        return text.encode(errors="backslashreplace")  # half of a surrogate pair, which JSON writes like this too

    def _over_value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.over_text(value)
        if isinstance(value, Mapping):
            return {self.over_text(name): self._over_value(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._over_value(inner) for inner in value]
        return SHOWN if text_of(value) in self.texts else value

    def next_in(self, data: bytes, start: int) -> Match[bytes] | None:
        """The next secret at or after `start`."""
        return self._pattern.search(data, start)

    def begun_at(self, data: bytes, start: int) -> int:
        """Where, at or after `start`, something begins that may become a secret with what follows; else the length."""
        earliest = len(data)
        for form in self.forms:
            place = max(start, len(data) - len(form) + 1)
            while (place := data.find(form[:1], place)) >= 0 and place < earliest:
                if form.startswith(data[place:]):
                    earliest = place
                    break
                place += 1
        return earliest


class Veiled:
    """One stream of bytes that comes in pieces, with secrets hidden also across their borders (attack 34)."""

    def __init__(self, veil: Veil) -> None:
        self._veil = veil
        self._held = b""

    def pass_on(self, data: bytes) -> bytes:
        """What may be seen of it by now. The beginning of what may be a secret is held back until more has come."""
        data = self._held + data
        parts, start = [], 0
        begun = self._veil.begun_at(data, start)
        while (found := self._veil.next_in(data, start)) is not None and found.start() < begun:
            parts += [data[start : found.start()], _MASK]
            start = found.end()
            if start > begun:
                begun = self._veil.begun_at(data, start)
        self._held = data[begun:]
        return b"".join([*parts, data[start:begun]])

    def rest(self) -> bytes:
        """What was held back, when no more comes."""
        held, self._held = self._held, b""
        return self._veil.over(held)


def _forms(texts: Sequence[str]) -> tuple[bytes, ...]:
    """Every way in which the texts are likely to be written, the longest first."""
    found: set[bytes] = set()
    for text in texts:
        raw = text.encode(errors="surrogatepass")
        found |= {raw, repr(text)[1:-1].encode(errors="replace")}
        found |= {quoted.encode() for quoted in (quote(raw), quote(raw, safe=""), quote_plus(raw))}
        found |= {*_in_base64(raw), *_in_other_letters(text)}
        found |= {
            json_text.dumps(text, ensure_ascii=ascii_)[1:-1].encode(errors="surrogatepass") for ascii_ in (True, False)
        }
    return tuple(sorted(found, key=len, reverse=True))


def _in_other_letters(text: str) -> Iterator[bytes]:
    """In hex, in the small letters of URLs, and, if it is no short word that may stand anywhere, in capitals."""
    raw = text.encode(errors="surrogatepass")
    yield from (raw.hex().encode(), raw.hex().upper().encode(), raw.hex(" ").encode())
    yield from (sub(_CODE, lambda code: code[0].lower(), quote(raw, safe=safe)).encode() for safe in ("/", ""))
    if len(text) >= _LINE:
        yield from (other.encode(errors="surrogatepass") for other in (text.upper(), text.lower()))


def _in_base64(raw: bytes) -> Iterator[bytes]:
    """What base64 makes of it wherever it stands, as in `user:password` of HTTP: letters that no neighbour changes."""
    for before in range(3):
        whole = b64encode(bytes(before) + raw)
        core = whole[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
        if len(core) >= _LEAST_BASE64:
            yield from {core, core.translate(_URL_SAFE)}
