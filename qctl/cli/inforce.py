"""The settings that are in force, each with where it comes from: a flag, a variable, a file's line, or by default."""

from __future__ import annotations

from qctl.classes import dataclass, fields
from qctl.cli.settings import Settings, source
from qctl.client.server import shown_url, state_directory, state_url
from qctl.config.home import NoHome
from qctl.config.host_zone import host_zone
from qctl.config.origins import written
from qctl.model.show import duration, size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import Any, Final

    from qctl.cli.session import Session
    from qctl.config import Config
    from qctl.config.origins import Written

DEFAULT: Final = "default"
#: Of a setting that is also a key of [qctl], or that says how that is found, the flag is told with these.
_ABOUT_INSTANCE: Final = ("file", "redis", "namespace", "redis_timeout")


@dataclass(frozen=True, slots=True)
class InForce:
    """One setting."""

    key: str
    value: Any
    origin: str
    file: str | None = None
    line: int | None = None

    def view(self) -> dict[str, Any]:
        """It as `qctl.setting/1`."""
        return {
            "schema": "qctl.setting/1",
            "key": self.key,
            "value": self.value,
            "origin": self.origin,
            "file": self.file,
            "line": self.line,
        }

    @property
    def words(self) -> str:
        """The value as people read it."""
        match self.value:
            case bool():
                return "true" if self.value else "false"
            case list():
                return ", ".join(map(str, self.value))
            case None:
                return ""
        shown = {"redis_timeout": duration, "retention.age": duration, "output_budget": size}.get(self.key, str)
        return shown(self.value)


def in_force(here: Session, config: Config, flags: Mapping[str, Any]) -> list[InForce]:
    """All settings, those that say which instance is meant first. `flags` are those that were given."""
    files = written(config)
    said = {field.name: _said(field.name, here, flags) for field in fields(Settings)}
    rows = [
        InForce("file", config.file or None, "found" if config.file and not here.settings.file else said["file"]),
        _redis(here, config, files, said["redis"]),
        _either("namespace", here.settings.namespace, config.namespace, files, said["namespace"]),
        InForce("redis_timeout", here.settings.redis_timeout, said["redis_timeout"]),
        InForce("state_dir", _where(state_directory), _of_variable("XDG_STATE_HOME", here)),
        InForce("redis_server", here.environ.get("QCTL_REDIS_SERVER"), _of_variable("QCTL_REDIS_SERVER", here)),
    ]
    for key, value in _plain(here, config, files).items():
        rows.append(_of_file(key, value, files))
    rest = [name for name in said if name not in _ABOUT_INSTANCE]
    return rows + [InForce(name, getattr(here.settings, name), said[name]) for name in rest]


def _where(place: Callable[[], Path | str]) -> str | None:
    """A place of the embedded server; None for somebody without a home."""
    try:
        return str(place())
    except NoHome:
        return None


def _plain(here: Session, config: Config, files: Mapping[str, Written]) -> dict[str, Any]:
    """Keys of [qctl] that no flag sets, with the value in force."""
    embedded = not (here.settings.redis or config.redis)
    return {
        "timezone": config.timezone or str(host_zone(here.environ)),
        "include": list(files["include"].value) if "include" in files else [],
        "modules": list(config.modules),
        "python_path": list(config.python_path),
        "retention.age": config.retention_age,
        "retention.runs": config.retention_runs,
        "output_budget": config.output_budget,
        "adhoc": embedded if config.adhoc is None else config.adhoc,
        "fsync": config.fsync,
    }


def _redis(here: Session, config: Config, files: Mapping[str, Written], said: str) -> InForce:
    url = here.settings.redis or config.redis
    if url is None:
        return InForce("redis", _where(state_url), f"{DEFAULT}: embedded")
    return _either("redis", here.settings.redis and shown_url(url), shown_url(url), files, said)


def _either(key: str, flag: Any, value: Any, files: Mapping[str, Written], said: str) -> InForce:
    return InForce(key, flag, said) if flag is not None else _of_file(key, value, files)


def _of_file(key: str, value: Any, files: Mapping[str, Written]) -> InForce:
    found = files.get(key)
    if found is None:
        return InForce(key, value, DEFAULT)
    return InForce(key, value, f"{found.file}:{found.line}", found.file, found.line)


def _of_variable(name: str, here: Session) -> str:
    return name if here.environ.get(name) else DEFAULT


def _said(name: str, here: Session, flags: Mapping[str, Any]) -> str:
    return source(name, flags, here.environ) or DEFAULT
