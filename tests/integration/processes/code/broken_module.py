"""Cannot be imported."""

import importlib

importlib.import_module("no_such_module_anywhere")
