"""tls-creds-* and tls-cipher-suites: credentials of encrypted connections."""

from __future__ import annotations

import os
import re
from typing import ClassVar

from hmp.errors import HostCallError, HostError, InputError, StateError
from hmp.machine import system_calls
from hmp.machine.qom.object import UserObject
from hmp.machine.qom.property import Boolean, Enumeration, HostPath, Property, Text

CERTIFICATE = b"-----BEGIN CERTIFICATE-----"
DEFAULT_USER = "qemu"
# GnuTLS rejects shorter ones (experiment).
KEY = re.compile(rb"([0-9a-fA-F]{2}){4,}")


class CredentialsError(HostError):
    """A file of the credentials is missing, or there is nothing in it."""

    parameter = "dir"


class TlsCreds(UserObject):
    """What all credentials have in common."""

    type_name = "tls-creds"
    ancestors: ClassVar[tuple[str, ...]] = ("tls-creds",)
    verify_peer = Property(Boolean(), default=True)
    dir = Property(HostPath(), default="")
    endpoint = Property(
        Enumeration("QCryptoTLSCredsEndpoint", "client", "server"), default="client"
    )
    priority = Property(Text(), default="")

    def read(self, name: str) -> bytes:
        """Return what is in a file of the directory; raise CredentialsError when it is missing."""
        path = os.path.join(self.dir, name)
        try:
            return system_calls.read_file(path)
        except HostCallError as error:
            raise CredentialsError.from_call(
                f"Unable to access credentials {path}", error
            ) from None

    def check_dir(self) -> None:
        """Raise StateError when no directory is given."""
        if not self.dir:
            raise StateError("Missing 'dir' property value")


class TlsCredsAnon(TlsCreds):
    """tls-creds-anon: no credentials at all."""

    type_name = "tls-creds-anon"


class TlsCipherSuites(TlsCreds):
    """tls-cipher-suites: the ciphers that firmware may use."""

    type_name = "tls-cipher-suites"

    def complete(self) -> None:
        if not self.priority:
            raise StateError("'priority' property is not set")


class TlsCredsPsk(TlsCreds):
    """tls-creds-psk: a key for each user, in `keys.psk`."""

    type_name = "tls-creds-psk"
    username = Property[str | None](Text())

    def complete(self) -> None:
        self.check_dir()
        if self.endpoint == "server":
            if self.username:
                raise InputError("username should not be set when endpoint=server")
            self.read("keys.psk")
            return
        user = DEFAULT_USER if self.username is None else self.username
        keys = dict(
            line.split(b":", 1) for line in self.read("keys.psk").splitlines() if b":" in line
        )
        key = keys.get(user.encode("latin-1"))
        if key is None:
            path = os.path.join(self.dir, "keys.psk")
            raise CredentialsError(f"Username {user} not found in PSK file {path}")
        if not KEY.fullmatch(key):
            raise CredentialsError("Cannot set PSK client credentials: The request is invalid.")


class TlsCredsX509(TlsCreds):
    """tls-creds-x509: certificates."""

    type_name = "tls-creds-x509"
    sanity_check = Property(Boolean(), default=True)
    passwordid = Property(Text(), default="")

    def complete(self) -> None:
        self.check_dir()
        self._certificate("ca-cert.pem")
        if not self._exists(f"{self.endpoint}-cert.pem"):
            if self.endpoint == "server":
                raise CredentialsError(
                    f"Missing server cert '{os.path.join(self.dir, 'server-cert.pem')}' & key "
                    f"'{os.path.join(self.dir, 'server-key.pem')}'"
                )
            return
        self._certificate(f"{self.endpoint}-cert.pem")

    def _exists(self, name: str) -> bool:
        return os.path.exists(os.path.join(self.dir, name).encode("latin-1"))

    def _certificate(self, name: str) -> None:
        if CERTIFICATE not in self.read(name):
            path = os.path.join(self.dir, name)
            raise CredentialsError(
                f"Unable to import certificate {path}: No certificate was found."
            )
