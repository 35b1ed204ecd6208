"""The Python side of tasks.toml.example: plain functions, as anybody would write them for tasks of their own.

Owns nothing but examples. Each is an ordinary function: parameters are its keyword arguments, what it returns becomes
the job's value, what it raises fails the job.
"""

from qctl.examples.certificates import check_certificate
from qctl.examples.digests import digest_lines
from qctl.examples.health import check_url
from qctl.examples.progress import copy_slowly
from qctl.examples.tables import summarize_csv

__all__ = ["check_certificate", "check_url", "copy_slowly", "digest_lines", "summarize_csv"]
