"""secret: data that other objects would use, given in the clear or in a file.

Management software creates one at startup. Nothing here uses secrets, so an encrypted one, which
needs a key, is rejected.
"""

from __future__ import annotations

import base64
import binascii
import os

from hmp.errors import HostCallError, HostError, InputError, StateError
from hmp.machine import system_calls
from hmp.machine.qom.object import UserObject
from hmp.machine.qom.property import Enumeration, HostPath, Property, Text


class SecretFileError(HostError):
    """The file that holds a secret can't be opened."""

    parameter = "file"

    def __init__(self, path: str, errno: int) -> None:
        # QEMU prints these quotes as UTF-8.
        # The quotation marks are UTF-8, the path has its bytes already.
        shown = "{}".join("“”").encode().decode("latin-1").format(path)
        super().__init__(
            f"Unable to read {path}: Failed to open file {shown}: {os.strerror(errno)}"
        )
        self.path, self.errno = path, errno


class Secret(UserObject):
    """secret: `contents` are its bytes once it is complete."""

    type_name = "secret"
    data = Property(Text(), "The secret itself", "")
    file = Property(HostPath(), "A file that holds the secret", "")
    format = Property(
        Enumeration("QCryptoSecretFormat", "raw", "base64"), "How it is written", "raw"
    )
    iv = Property(Text(), "Initialization vector of an encrypted secret", "")
    keyid = Property(Text(), "The secret that an encrypted one was encrypted with", "")

    def __init__(self) -> None:
        super().__init__()
        self.contents = b""

    def complete(self) -> None:
        if self.data and self.file:
            raise InputError("'file' and 'data' are mutually exclusive")
        if not self.data and not self.file:
            raise InputError("Either 'file' or 'data' must be provided")
        if self.keyid:
            raise StateError("encrypted secrets are not supported by hmp")
        contents = _read(self.file) if self.file else self.data.encode("latin-1")
        if self.format == "base64":
            try:
                contents = base64.b64decode(contents, validate=True)
            except binascii.Error:
                raise InputError("Base64 data contains invalid characters") from None
        self.contents = contents

    def release(self) -> None:
        self.contents = b""


def _read(path: str) -> bytes:
    try:
        return system_calls.read_file(path)
    except HostCallError as error:
        raise SecretFileError(path, error.errno) from None
