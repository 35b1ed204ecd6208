"""Changing tasks.toml in place: what is not meant keeps its bytes, and nothing half-written is ever read.

Owns where in a text a schedule stands and how a file is swapped. Knows nothing of terminals or editors.
"""

from qctl.config.editing.changes import add, remove, set_keys
from qctl.config.editing.file import CannotEdit, TextFile, open_file
from qctl.config.editing.schedules import CannotEditText, entries_of
from qctl.config.editing.trial import new_problems, tried

__all__ = [
    "CannotEdit",
    "CannotEditText",
    "TextFile",
    "add",
    "entries_of",
    "new_problems",
    "open_file",
    "remove",
    "set_keys",
    "tried",
]
