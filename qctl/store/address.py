"""Where a Redis is: a URL taken apart, and how to show it without its password."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from qctl.errors import ConfigError

DEFAULT_PORT = 6379
#: Schemes that the wire transport speaks; redis-py carries the others.
WIRE_SCHEMES = ("unix", "redis")
SCHEMES = (*WIRE_SCHEMES, "rediss", "redis+sentinel", "redis+cluster")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A Redis to speak to. `path` is set for a unix socket, `host` and `port` otherwise."""

    scheme: str
    path: str = ""
    host: str = "localhost"
    port: int = DEFAULT_PORT
    db: int = 0
    user: str = ""
    password: str = ""

    @property
    def shown(self) -> str:
        """The URL without its password."""
        if self.scheme == "unix":
            return f"unix://{self.path}" + (f"?db={self.db}" if self.db else "")
        user = f"{self.user}:***@" if self.password else ""
        return f"{self.scheme}://{user}{self.host}:{self.port}/{self.db}"


def parse_address(url: str) -> Address:
    """Take a URL apart. Raises ConfigError (78) if it is none that qctl knows."""
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        known = " ".join(f"{scheme}://" for scheme in SCHEMES)
        raise ConfigError(f"{parts.scheme or url!r} is no Redis URL; it begins with one of {known}")
    try:
        if parts.scheme == "unix":
            if not parts.path.startswith("/"):
                raise ValueError("the socket's path must be absolute, as in unix:///run/redis.sock")
            db = parse_qs(parts.query).get("db", ["0"])[0]
            return Address(
                scheme="unix",
                path=unquote(parts.path),
                db=int(db),
                user=unquote(parts.username or ""),
                password=unquote(parts.password or ""),
            )
        return Address(
            scheme=parts.scheme,
            host=parts.hostname or "localhost",
            port=parts.port or DEFAULT_PORT,
            db=int(parts.path.strip("/") or 0),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )
    except ValueError as error:
        raise ConfigError(f"bad Redis URL: {error}") from error
