"""Where a Redis is: a URL taken apart, and how to show it without its password."""

from __future__ import annotations

from qctl.classes import dataclass, field, replace
from qctl.errors import ConfigError
from qctl.later import later
from qctl.model.names import LETTERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from re import match
    from typing import Final
    from urllib.parse import SplitResult, parse_qs, unquote, urlsplit
else:
    match = later("re", "match")
    parse_qs, unquote, urlsplit = (later("urllib.parse", name) for name in ("parse_qs", "unquote", "urlsplit"))

DEFAULT_PORT: Final = 6379
DEFAULT_SENTINEL_PORT: Final = 26379
SCHEMES: Final = ("unix", "redis", "rediss", "redis+sentinel", "redis+cluster")

_FILES: Final = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
_SENTINEL: Final = ("sentinel_username", "sentinel_password")
#: What may stand behind the `?` of a URL of each scheme.
_OPTIONS: Final = {
    "unix": ("db",),
    "redis": ("db",),
    "rediss": ("db", *_FILES),
    "redis+sentinel": ("tls", *_FILES, *_SENTINEL),
    "redis+cluster": ("tls", *_FILES),
}
#: By these other programs turn the checks of TLS off; there is nothing of the kind here.
_CHECKS: Final = ("ssl_cert_reqs", "ssl_check_hostname")
#: An `@` behind what reads as the host: a password was cut in two, and any part may be a piece of it.
_CUT: Final = r"(?s)[^/?#]*://[^/?#]*[/?#].*@"
_IN_PATHS: Final = LETTERS | {"/"}
_IN_PLAIN_URLS: Final = LETTERS | set("/:@")
_LAST_PORT: Final = 65535
_QUOTING: Final = "signs such as / @ : ? # in a password are written %2F %40 %3A %3F %23"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A Redis to speak to. `path` is set for a unix socket, `host` and `port` otherwise."""

    scheme: str
    path: str = ""
    host: str = "localhost"
    port: int = DEFAULT_PORT
    db: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    hosts: tuple[tuple[str, int], ...] = ()  #: of Sentinel and Cluster: all that the URL names, the first included
    service: str = ""  #: of Sentinel: the name under which it watches the primary
    sentinel_user: str = ""
    sentinel_password: str = field(default="", repr=False)
    tls: bool = False  #: of Sentinel and Cluster: TLS to all of them; `rediss` needs no word for it
    ca_certs: str = ""  #: a file with the CAs that are trusted; empty: those of the system
    certfile: str = ""  #: the certificate of ours, where the server asks for one
    keyfile: str = ""  #: its key; empty: it stands in `certfile`
    key: str = ""  #: of Cluster: a key of the namespace that is meant; its slot says which node

    @property
    def encrypted(self) -> bool:
        """Whether it is spoken to by TLS."""
        return self.tls or self.scheme == "rediss"

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

    def server(self, host: str, port: int) -> Address:
        """One server of those that a Sentinel or a cluster knows, to speak to directly."""
        scheme = "rediss" if self.encrypted else "redis"
        return replace(self, scheme=scheme, host=host, port=port, hosts=(), service="", tls=False)

    def sentinel(self, host: str, port: int) -> Address:
        """One of the Sentinels, which have users and passwords of their own."""
        return replace(self.server(host, port), db=0, user=self.sentinel_user, password=self.sentinel_password)


def parse_address(url: str) -> Address:
    """Take a URL apart. Raises ConfigError (78) if it is none that qctl knows.

    `redis+sentinel://HOST:PORT,HOST:PORT/SERVICE/DB` and `redis+cluster://HOST:PORT,HOST:PORT` may name several hosts.
    """
    plain = _plain_socket(url) or _plain_server(url)
    if plain is not None:
        return plain
    try:
        parts = _split(url)
        if parts.scheme not in SCHEMES:
            known = " ".join(f"{scheme}://" for scheme in SCHEMES)
            raise ConfigError(f"{_beginning(url, parts)} is no Redis URL; it begins with one of {known}")
        read = {"unix": _unix, "redis+sentinel": _sentinel, "redis+cluster": _cluster}.get(parts.scheme, _single)
        if parts.scheme != "unix" and "@" in parts.path + parts.fragment:
            raise ValueError(_QUOTING)
        return read(parts, _options(parts))
    except ValueError as error:
        reason = f"there is an @ behind its host; {_QUOTING}" if match(_CUT, url) else error
        raise ConfigError(f"bad Redis URL: {reason}") from None  # the cause may hold what is not to be shown


def _plain_socket(url: str) -> Address | None:
    """That of `unix:///PATH` where nothing in it has a meaning of its own; None of any other."""
    path = url.removeprefix("unix://")
    return Address(scheme="unix", path=path) if path != url and path[:1] == "/" and _IN_PATHS.issuperset(path) else None


def _plain_server(url: str) -> Address | None:
    """That of `redis://USER:PASSWORD@HOST:PORT/DB`, or of a part of it, without signs for others; or None."""
    rest = url.removeprefix("redis://")
    if rest == url or not _IN_PLAIN_URLS.issuperset(rest):
        return None
    named, _, db = rest.partition("/")
    credentials, at, place = named.rpartition("@")
    user, _, password = credentials.partition(":")
    host, colon, port = place.partition(":")
    if not host or bool(at) is not bool(credentials) or "@" in credentials or not (db or "0").isdecimal():
        return None
    if colon and not (port.isdecimal() and 0 < int(port) <= _LAST_PORT):
        return None
    number = int(port or DEFAULT_PORT)
    return Address(scheme="redis", host=host.lower(), port=number, db=int(db or 0), user=user, password=password)


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:
        raise ValueError(
            f"its host cannot be read; [ and ] stand around an IPv6 address alone, and {_QUOTING}"
        ) from None


def _beginning(url: str, parts: SplitResult) -> str:
    """How to name what does not begin as a URL should, without what may be a password."""
    if "@" in url and not url.lower().startswith(f"{parts.scheme}://"):
        return "this text with an @"
    return repr(parts.scheme or url)


def _options(parts: SplitResult) -> dict[str, str]:
    """What stands behind the `?`, each once and known."""
    said = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    for name in _CHECKS:
        if said.pop(name, "required") not in ("required", "true", "True", "1"):
            raise ValueError(
                f"{name}: certificates and host names are always checked; name the CA that is trusted by ssl_ca_certs"
            )
    allowed = _OPTIONS[parts.scheme]
    for name in said:
        if name in _FILES and name not in allowed:
            raise ValueError(f"{name} is for TLS: rediss:// instead of {parts.scheme}://")
        if name not in allowed:
            raise ValueError(f"{parts.scheme}:// has no option {name!r}, only {', '.join(allowed)}")
    return said


def _unix(parts: SplitResult, said: dict[str, str]) -> Address:
    if not parts.path.startswith("/"):
        raise ValueError("the socket's path must be absolute, as in unix:///run/redis.sock")
    user, password = _credentials(parts)
    return Address(
        scheme="unix", path=unquote(parts.path), db=_database(said.get("db", "")), user=user, password=password
    )


def _single(parts: SplitResult, said: dict[str, str]) -> Address:
    user, password = _credentials(parts)
    address = Address(
        scheme=parts.scheme,
        host=parts.hostname or "localhost",
        port=_port(parts) or DEFAULT_PORT,
        db=_database(parts.path.strip("/") or said.get("db", "")),
        user=user,
        password=password,
    )
    return _with_tls(address, said)


def _sentinel(parts: SplitResult, said: dict[str, str]) -> Address:
    service, _, db = parts.path.strip("/").partition("/")
    if not service:
        raise ValueError("name the service that Sentinel watches, as in redis+sentinel://host:26379/mymaster/0")
    user, password = (said.get(name, "") for name in _SENTINEL)
    found = _several(parts, DEFAULT_SENTINEL_PORT, _database(db), unquote(service), said)
    return replace(found, sentinel_user=user, sentinel_password=password)


def _cluster(parts: SplitResult, said: dict[str, str]) -> Address:
    if parts.path.strip("/"):
        raise ValueError("a cluster has no database numbers and no path")
    return _several(parts, DEFAULT_PORT, 0, "", said)


def _several(parts: SplitResult, port: int, db: int, service: str, said: dict[str, str]) -> Address:
    user, password = _credentials(parts)
    named = parts.netloc.rpartition("@")[2].split(",")
    each = [_split(f"//{name}") for name in named]
    hosts = tuple((one.hostname or "localhost", _port(one) or port) for one in each)
    host, first_port = hosts[0]
    address = Address(
        scheme=parts.scheme,
        host=host,
        port=first_port,
        db=db,
        user=user,
        password=password,
        hosts=hosts,
        service=service,
    )
    return _with_tls(address, said)


def _with_tls(address: Address, said: dict[str, str]) -> Address:
    wanted = said.get("tls", "false").lower()
    if wanted not in ("true", "false"):
        raise ValueError(f"tls is true or false, not {wanted!r}")
    files = [said.get(name, "") for name in _FILES]
    for name, path in zip(_FILES, files, strict=True):
        if path and not (address.encrypted or wanted == "true"):
            raise ValueError(f"{name} is for TLS: add tls=true")
        if path and not path.startswith("/"):
            raise ValueError(f"{name} must be an absolute path, not {path!r}")
    ca_certs, certfile, keyfile = files
    if keyfile and not certfile:
        raise ValueError("ssl_keyfile needs ssl_certfile, the certificate that the key is of")
    return replace(address, tls=wanted == "true", ca_certs=ca_certs, certfile=certfile, keyfile=keyfile)


def _credentials(parts: SplitResult) -> tuple[str, str]:
    return unquote(parts.username or ""), unquote(parts.password or "")


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        said = parts.netloc.rpartition("@")[2].rpartition(":")[2]
        raise ValueError(f"{said!r} is no port, which is a number up to 65535") from None


def _database(text: str) -> int:
    if text and not text.isdecimal():
        raise ValueError(f"{text!r} is no database number")
    return int(text or 0)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
