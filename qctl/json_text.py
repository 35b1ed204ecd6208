"""JSON by the compiled halves of the standard library's `json`, which costs more to import than a command to run.

`loads`, `dumps`, `JSONDecoder` and `JSONEncoder` mean what those of the library mean. What these halves cannot do
alone, and what is wrong with a text or value, is the library's matter: it is imported then, and says it in its words.
"""

from __future__ import annotations

from qctl.later import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from json import JSONDecoder, JSONEncoder, dumps, loads
    from typing import Any, Final

__all__ = ["JSONDecoder", "JSONEncoder", "dumps", "loads"]

_MARK: Final = b"\xef"  #: with this, or more, begin bytes that are marked as of an encoding
_BLANK: Final = " \t\n\r"
_CONSTANTS: Final = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def _library() -> Any:
    return import_module("json")


def _compiled(name: str) -> Any:
    """A function of the compiled half; that is private to the library, so another Python may be without it."""
    try:
        return getattr(import_module("_json"), name, None)
    except ImportError:
        return None


_make_scanner: Final = _compiled("make_scanner")
_make_encoder: Final = _compiled("make_encoder")


def _refuse(value: object) -> Any:
    """For a writer, of what JSON does not know. Raises TypeError."""
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


if not TYPE_CHECKING:

    class JSONDecoder:
        """A reader of JSON. The scanner reads its attributes when it is made."""

        object_hook = None
        parse_int = int
        strict = True

        def __init__(
            self,
            *,
            parse_float: Callable[[str], Any] | None = None,
            parse_constant: Callable[[str], Any] | None = None,
            object_pairs_hook: Callable[[list[tuple[str, Any]]], Any] | None = None,
        ) -> None:
            self._options = {
                "parse_float": parse_float,
                "parse_constant": parse_constant,
                "object_pairs_hook": object_pairs_hook,
            }
            self.parse_float = parse_float or float
            self.parse_constant = parse_constant or _CONSTANTS.__getitem__
            self.object_pairs_hook = object_pairs_hook
            self._scan = _make_scanner(self) if _make_scanner else None

        def decode(self, text: str) -> Any:
            """The value of a text. Raises ValueError, json.JSONDecodeError where it is no JSON."""
            if self._scan is not None:
                try:
                    value, end = self._scan(text, len(text) - len(text.lstrip(_BLANK)))
                except (StopIteration, SystemError):
                    # It words a complaint by the library's class where that is imported; where it is not, Python 3.11's
                    # fails without an exception, which comes as a SystemError.
                    end = 0
                if end and not text[end:].strip(_BLANK):
                    return value
            return _library().JSONDecoder(**self._options).decode(text)

    class JSONEncoder:
        """A writer of JSON in one line."""

        def __init__(
            self,
            *,
            ensure_ascii: bool = True,
            separators: tuple[str, str] = (", ", ": "),
            allow_nan: bool = True,
            sort_keys: bool = False,
            default: Callable[[Any], Any] | None = None,
        ) -> None:
            self._options = {
                "ensure_ascii": ensure_ascii,
                "separators": separators,
                "allow_nan": allow_nan,
                "sort_keys": sort_keys,
                "default": default,
            }
            item, key = separators
            text = _compiled("encode_basestring_ascii" if ensure_ascii else "encode_basestring")
            self._rest = (default or _refuse, text, None, key, item, sort_keys, False, allow_nan)

        def encode(self, value: Any) -> str:
            """The text of a value. Raises TypeError and ValueError."""
            if _make_encoder is None:
                return _library().dumps(value, **self._options)
            return "".join(_make_encoder({}, *self._rest)(value, 0))

    _READER = JSONDecoder()
    _WRITER = JSONEncoder()

    def loads(text, **options):
        """Read JSON; `options` are those of a decoder."""
        if isinstance(text, bytes) and text[:1] < _MARK and b"\0" not in text[:4]:
            text = text.decode("utf-8", "surrogatepass")
        if not isinstance(text, str) or text.startswith("\ufeff"):
            return _library().loads(text, **options)
        return (JSONDecoder(**options) if options else _READER).decode(text)

    def dumps(value, *, indent=None, **options):
        """Write JSON; `options` are those of an encoder, and others."""
        if indent is not None:
            return _library().dumps(value, indent=indent, **options)
        return (JSONEncoder(**options) if options else _WRITER).encode(value)
