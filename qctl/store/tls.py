"""TLS: the server's certificate and its name are always checked. No option turns that off.

Apart from the rest because `ssl` takes milliseconds to import, which only these URLs are worth.
"""

from __future__ import annotations

import ssl
from contextlib import contextmanager

from qctl.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from socket import socket
    from typing import Final

    from qctl.model.address import Address

_EXPIRED, _NOT_YET, _OTHER_NAME, _OTHER_IP = 10, 9, 62, 64  # of OpenSSL's X509_V_ERR_…
_CLOCK: Final = "renew it on the server, or set this machine's clock"
_TRUST: Final = "name the CA that signed it: ?ssl_ca_certs=/path/of/ca.pem in the URL"
_OURS: Final = "name one of yours: ?ssl_certfile=/path/of/cert.pem&ssl_keyfile=/path/of/key.pem in the URL"
_LOOK: Final = "openssl s_client -connect {host}:{port} </dev/null        shows what speaks there"


def context(address: Address) -> ssl.SSLContext:
    """What a connection is checked by. The files are read each time: a certificate may be renewed meanwhile.

    Raises ConfigError if one of them cannot be read.
    """
    made = ssl.create_default_context()
    if address.ca_certs:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody else
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        with _reading("ssl_ca_certs", address.ca_certs):
            made.load_verify_locations(cafile=address.ca_certs)
    if address.certfile:
        files = address.certfile + (f" and ssl_keyfile {address.keyfile}" if address.keyfile else "")
        with _reading("ssl_certfile", files):
            made.load_cert_chain(address.certfile, address.keyfile or None, password=_no_passphrase)
    return made


@contextmanager
def _reading(option: str, files: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        advice = f"head -1 {files.partition(' ')[0]}        begins with -----BEGIN in a file of the right form"
        raise ConfigError(f"Redis URL: cannot use {option} {files}: {_words(error)}", help=advice) from error


def _no_passphrase() -> str:
    """OpenSSL would ask for one at the terminal: nobody sits there."""
    return ""


def _words(error: OSError) -> str:
    if not isinstance(error, ssl.SSLError):
        return error.strerror or str(error)
    if "MISMATCH" in (error.reason or ""):
        return "the key is not that of the certificate"
    return "it is not in PEM form, or its key needs a passphrase"


def secured(plain: socket, address: Address) -> ssl.SSLSocket:
    """Put TLS around a connected socket, with the handshake still to do."""
    return context(address).wrap_socket(plain, server_hostname=address.host, do_handshake_on_connect=False)


class NonBlocking:
    """A connected socket under TLS that never waits: as a plain one it raises BlockingIOError instead."""

    def __init__(self, plain: socket, address: Address) -> None:
        self._socket = secured(plain, address)
        self._shaken = False
        self.wants_read = False  #: what is to be sent must wait for something to be read

    def send(self, data: bytes | bytearray | memoryview) -> int:
        self._shake()
        try:
            self.wants_read = False
            return self._socket.send(data)
        except ssl.SSLWantReadError as error:
            self.wants_read = True
            raise BlockingIOError from error
        except ssl.SSLWantWriteError as error:
            raise BlockingIOError from error

    def recv(self, size: int) -> bytes:
        self._shake()
        try:
            return self._socket.recv(size)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as error:
            raise BlockingIOError from error

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def _shake(self) -> None:
        if self._shaken:
            return
        try:
            self._socket.do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as error:
            self.wants_read = isinstance(error, ssl.SSLWantReadError)
            raise BlockingIOError from error
        self._shaken, self.wants_read = True, False


def hung_up(address: Address) -> tuple[str, str]:
    """What to add when the server closed the connection as it began, and what to do."""
    verb = "refuses" if address.certfile else "asks for"
    return f"; perhaps it {verb} the certificate of the client", _OURS


def silent(address: Address) -> tuple[str, str]:
    """What is wrong where nobody goes on with the handshake, and what to do."""
    return "no answer in TLS", _LOOK.format(host=address.host, port=address.port)


def explained(error: ssl.SSLError, address: Address) -> tuple[str, str]:
    """What is wrong, and what to do about it (attack 48)."""
    look = _LOOK.format(host=address.host, port=address.port)
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code == _EXPIRED:
            return "its certificate has expired", _CLOCK
        if error.verify_code == _NOT_YET:
            return "its certificate is not valid yet", _CLOCK
        if error.verify_code in (_OTHER_NAME, _OTHER_IP):
            names = f"openssl s_client -connect {address.host}:{address.port} </dev/null | openssl x509 -noout -text"
            return f"its certificate is not for {address.host!r}", f"{names}        shows the names that it is for"
        return f"its certificate is not trusted: {error.verify_message}", _TRUST
    reason = (error.reason or "").upper()
    if "CERTIFICATE_REQUIRED" in reason:
        return "it asks for the certificate of the client", _OURS
    if "ALERT" in reason and ("UNKNOWN_CA" in reason or "CERTIFICATE" in reason):
        return f"it refuses the certificate of the client ({address.certfile})", _OURS
    if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"):
        return "what answers there does not speak TLS", look
    return f"TLS failed: {(error.reason or str(error)).lower().replace('_', ' ')}", look
