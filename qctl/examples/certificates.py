"""When a certificate file expires, told by the standard library alone."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

SAMPLE: Final = Path(__file__).parent / "samples" / "certificate.pem"
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_VERSION, _UTC_TIME, _GENERALIZED_TIME = 0xA0, 0x17, 0x18


def check_certificate(path: str | None = None, days: int = 30) -> dict[str, Any]:
    """Look at every certificate of a PEM file. Without a path: at a sample that lasts a hundred years.

    Raises ValueError, which fails the job, if one of them ends within `days`, or if the file holds none.
    """
    source = Path(path) if path else SAMPLE
    ends = [not_after(ssl.PEM_cert_to_DER_cert(pem)) for pem in _PEM.findall(source.read_text(errors="replace"))]
    if not ends:
        raise ValueError(f"{source} holds no certificate")
    first = min(ends)
    left = (first - datetime.now(UTC)).days
    if left < days:
        raise ValueError(f"{source}: a certificate {'has ended' if left < 0 else 'ends'} on {first:%Y-%m-%d}")
    return {"file": str(source), "certificates": len(ends), "not_after": first.isoformat(), "days_left": left}


def not_after(der: bytes) -> datetime:
    """The end of a certificate's validity (RFC 5280, 4.1). Raises ValueError if the bytes are no certificate."""
    try:
        certificate = next(_elements(der))[1]
        signed = next(_elements(certificate))[1]
        # version (may be left out), serial number, algorithm, issuer, validity
        fields = [field for field in _elements(signed) if field[0] != _VERSION]
        tag, text = list(_elements(fields[3][1]))[1]
    except (IndexError, StopIteration) as error:
        raise ValueError("not a certificate") from error
    if tag == _UTC_TIME:
        century = b"19" if text[:2] >= b"50" else b"20"
        text = century + text
    elif tag != _GENERALIZED_TIME:
        raise ValueError("not a certificate")
    return datetime.strptime(text.decode("ascii"), "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _elements(der: bytes) -> Iterator[tuple[int, bytes]]:
    """The elements that follow each other in DER, as (tag, content)."""
    at = 0
    while at < len(der):
        tag, length = der[at], der[at + 1]
        at += 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(der[at : at + size], "big")
            at += size
        if at + length > len(der):
            raise ValueError("not a certificate")
        yield tag, der[at : at + length]
        at += length
