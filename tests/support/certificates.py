"""Certificates for tests, made by the `openssl` program."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its key, in PEM files."""

    file: Path
    key: Path


class Authority:
    """A CA of a test's own, in a folder."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        self._folder = folder
        self.name = name
        self.file = folder / f"{name}.pem"
        self._key = folder / f"{name}.key"
        options = ["-x509", "-days", "3", "-subj", f"/CN={name}", "-out", str(self.file)]
        _openssl("req", *_NEW_KEY, str(self._key), *options)

    def issue(self, name: str, names: str = "DNS:localhost,IP:127.0.0.1", *, expired: bool = False) -> Certificate:
        """Make a certificate for these names."""
        made = Certificate(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        request, extra = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
        extra.write_text(f"subjectAltName={names}\n")
        _openssl("req", *_NEW_KEY, str(made.key), "-subj", f"/CN={name}", "-out", str(request))
        signing = ["-CA", str(self.file), "-CAkey", str(self._key), "-CAcreateserial", "-extfile", str(extra)]
        signing += ["-days", "-1" if expired else "2"]
        _openssl("x509", "-req", "-in", str(request), *signing, "-out", str(made.file))
        return made


_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout")


def _openssl(*words: str) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True)
