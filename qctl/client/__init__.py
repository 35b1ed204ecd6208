"""What one may ask of qctl: submit, wait, read, cancel, retry. The same for the command line, the TUI, web and Python.

Owns how a wish becomes a call of the store, and what to do when the store is away. Knows nothing of how anything is
shown, and nothing of how jobs are run.
"""

from __future__ import annotations

from qctl.client.asking import Client, Health, Instance
from qctl.client.following import LogPiece
from qctl.client.handle import JobFailed
from qctl.client.inside import InnerClient, run_directory
from qctl.client.opening import open_client
from qctl.client.submitting import Receipt

__all__ = [
    "Client",
    "Health",
    "InnerClient",
    "Instance",
    "JobFailed",
    "LogPiece",
    "Receipt",
    "open_client",
    "run_directory",
]
