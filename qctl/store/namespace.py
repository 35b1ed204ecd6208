"""How the name of a key is made."""

from __future__ import annotations

from qctl.classes import dataclass


@dataclass(frozen=True, slots=True)
class Namespace:
    """What the names of keys begin with."""

    namespace: str = "qctl"

    @property
    def prefix(self) -> str:
        return "{" + self.namespace + "}:"

    def _key(self, kind: str, name: str = "") -> str:
        return self.prefix + (f"{kind}:{name}" if name else kind)
