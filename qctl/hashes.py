"""SHA-256 as Python itself has it: `hashlib` loads OpenSSL, which takes milliseconds and half a megabyte."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashlib import sha256
else:
    try:
        from _sha256 import sha256
    except ImportError:
        try:
            from _sha2 import sha256  # its name since Python 3.12
        except ImportError:  # a Python that was built without it
            from hashlib import sha256

__all__ = ["sha256"]
