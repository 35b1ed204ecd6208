"""Inputs that broke something once, each with its target."""

from __future__ import annotations

from typing import Final

_LARGE: Final = 64_000


def _record(name: bytes, value: bytes) -> bytes:
    """A record with a field that somebody wrote by hand."""
    return b"\x1e".join([b"t", b"x", b"s", b"queued", b"at", b"5", name, value])


FOUND: Final[list[tuple[str, bytes]]] = [
    # A limit of more than a lifetime, and one in other digits: both ended the import.
    ("crontab", b"\0* * * * * timeout 99999999d x\n"),
    ("crontab", b"\0* * * * * timeout \xd9\xa3 x\n"),
    ("crontab", b"\x08* * * * * sleep $((RANDOM \\% " + b"9" * 5000 + b")); x\n"),
    # Took minutes: blanks, digits and redirections in a row, launchers of launchers, thousands of lines.
    ("crontab", b"\0* * * * * x" + b" " * _LARGE + b"y\n"),
    ("crontab", b"\0* * * * * x " + b"9" * _LARGE + b"\n"),
    ("crontab", b"\0* * * * * flock x y" + b" >z" * (_LARGE // 3) + b"!\n"),
    ("crontab", b"\0* * * * * " + b"sudo " * (_LARGE // 5) + b"x\n"),
    ("crontab", b"\0" + b"* * * * * x\n" * (_LARGE // 12)),
    # Records that ended `ps` and whoever else read them.
    ("record", _record(b"a1", b"[" * _LARGE)),
    ("record", _record(b"a1", b'{"n":1,"w":"x","s":1,"e":"x","o":"failed"}')),
    ("record", _record(b"a1", b'{"n":1,"w":"x","s":1,"e":2,"o":["a"]}')),
    ("record", _record(b"cb", b"[" * _LARGE)),
    ("record", _record(b"at", b"9" * 30)),
    ("record", _record(b"at", b"-1e18")),
    ("record", _record(b"et", b"1e300")),
    ("record", _record(b"pg", b"nan x")),
    ("record", _record(b"b", b'{"task":"a","params":{"x":NaN}}')),
]
