"""Where a Redis is: a URL taken apart, and how to show it without its password."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from qctl.errors import ConfigError

DEFAULT_PORT = 6379
DEFAULT_SENTINEL_PORT = 26379
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
    hosts: tuple[tuple[str, int], ...] = ()  #: of Sentinel and Cluster: all that the URL names, the first included
    service: str = ""  #: of Sentinel: the name under which it watches the primary

    @property
    def shown(self) -> str:
        """The URL without its password."""
        user = f"{self.user}:***@" if self.password else ""
        database = f"/{self.db}"
        if self.scheme == "unix":
            return f"unix://{self.path}" + (f"?db={self.db}" if self.db else "")
        if self.hosts:
            named = ",".join(f"{_bracketed(host)}:{port}" for host, port in self.hosts)
            return f"{self.scheme}://{user}{named}" + (f"/{self.service}{database}" if self.service else "")
        return f"{self.scheme}://{user}{_bracketed(self.host)}:{self.port}{database}"


def parse_address(url: str) -> Address:
    """Take a URL apart. Raises ConfigError (78) if it is none that qctl knows.

    `redis+sentinel://HOST:PORT,HOST:PORT/SERVICE/DB` and `redis+cluster://HOST:PORT,HOST:PORT` may name several hosts.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme not in SCHEMES:
            known = " ".join(f"{scheme}://" for scheme in SCHEMES)
            raise ConfigError(f"{parts.scheme or url!r} is no Redis URL; it begins with one of {known}")
        return {"unix": _unix, "redis+sentinel": _sentinel, "redis+cluster": _cluster}.get(parts.scheme, _single)(parts)
    except ValueError as error:
        raise ConfigError(f"bad Redis URL: {error}") from error


def _unix(parts: SplitResult) -> Address:
    if not parts.path.startswith("/"):
        raise ValueError("the socket's path must be absolute, as in unix:///run/redis.sock")
    db = _database(parse_qs(parts.query).get("db", [""])[0])
    user, password = _credentials(parts)
    return Address(scheme="unix", path=unquote(parts.path), db=db, user=user, password=password)


def _single(parts: SplitResult) -> Address:
    user, password = _credentials(parts)
    return Address(
        scheme=parts.scheme,
        host=parts.hostname or "localhost",
        port=parts.port or DEFAULT_PORT,
        db=_database(parts.path.strip("/")),
        user=user,
        password=password,
    )


def _sentinel(parts: SplitResult) -> Address:
    service, _, db = parts.path.strip("/").partition("/")
    if not service:
        raise ValueError("name the service that Sentinel watches, as in redis+sentinel://host:26379/mymaster/0")
    return _several(parts, DEFAULT_SENTINEL_PORT, _database(db), unquote(service))


def _cluster(parts: SplitResult) -> Address:
    if parts.path.strip("/"):
        raise ValueError("a cluster has no database numbers and no path")
    return _several(parts, DEFAULT_PORT, 0, "")


def _several(parts: SplitResult, port: int, db: int, service: str) -> Address:
    user, password = _credentials(parts)
    named = parts.netloc.rpartition("@")[2].split(",")
    each = [urlsplit(f"//{name}") for name in named]
    hosts = tuple((one.hostname or "localhost", one.port or port) for one in each)
    host, first_port = hosts[0]
    return Address(
        scheme=parts.scheme,
        host=host,
        port=first_port,
        db=db,
        user=user,
        password=password,
        hosts=hosts,
        service=service,
    )


def _credentials(parts: SplitResult) -> tuple[str, str]:
    return unquote(parts.username or ""), unquote(parts.password or "")


def _database(text: str) -> int:
    if text and not text.isdecimal():
        raise ValueError(f"{text!r} is no database number")
    return int(text or 0)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
