"""Imports all of qctl, for a process that is about to become a user who cannot read where the source lies.

With the modules of the standard library that are otherwise imported when they are first needed.
"""

from __future__ import annotations

import encodings.idna
import encodings.utf_8_sig
import getpass
from importlib import import_module
from pkgutil import walk_packages

import typer

import qctl

__all__ = ["encodings", "getpass", "qctl"]

for package in (qctl, typer):
    for module in walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.endswith(("__main__", "_winconsole")):
            import_module(module.name)
