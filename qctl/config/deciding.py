"""Of all that was looked at as a configuration was read: what decides, as long as it stays as it is, how it is read."""

from __future__ import annotations

import os
from glob import has_magic

from qctl.config.include import fixed_part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from qctl.config.stamps import Stamp
    from qctl.config.values import Config


def deciding(config: Config) -> list[Stamp]:
    """The files that were read or lead to one that was, and the folders that a pattern is looked up in.

    Other folders change all the time.
    """
    looked_up = [
        os.path.join(fixed_part(whole), "")
        for path, document in config.documents.items()
        for whole in patterns(path, document)
    ]
    return [
        stamp
        for stamp in config.stamps
        if not os.path.isdir(stamp.path) or any(f"{stamp.path}/".startswith(folder) for folder in looked_up)
    ]


def patterns(path: str, document: Mapping[str, Any]) -> Iterator[str]:
    """The patterns of a file's `include`, as whole paths."""
    for pattern in document.get("qctl", {}).get("include", ()):
        if has_magic(str(pattern)):
            yield os.path.join(os.path.dirname(path), os.path.expanduser(pattern))
