"""secret: data that other objects would name, given in the open or in a file; managing programs
make one at the start.

Nothing here uses secrets, so an encrypted one, which needs a key, is refused.
"""

from __future__ import annotations

import base64
import binascii
import os
from typing import ClassVar

from hmp.errors import HostError, InputError, StateError
from hmp.machine.qom.object import UserObject
from hmp.machine.qom.property import Enumeration, Property, Text


class SecretFileError(HostError):
    """The file that holds a secret can't be opened."""

    parameter = "file"

    def __init__(self, path: str, errno: int) -> None:
        shown = f"“{path}”".encode().decode("latin-1")
        super().__init__(
            f"Unable to read {path}: Failed to open file {shown}: {os.strerror(errno)}"
        )
        self.path, self.errno = path, errno


class Secret(UserObject):
    """secret: `contents` are its octets once it is complete."""

    type_name = "secret"
    declared: ClassVar[tuple[Property, ...]] = (
        Property("data", Text(), "The secret itself", ""),
        Property("file", Text(), "A file that holds the secret", ""),
        Property(
            "format",
            Enumeration("QCryptoSecretFormat", "raw", "base64"),
            "How it is written",
            "raw",
        ),
        Property("iv", Text(), "Initialization vector of an encrypted secret", ""),
        Property("keyid", Text(), "The secret that an encrypted one was encrypted with", ""),
    )

    def __init__(self) -> None:
        super().__init__()
        self.contents = b""

    def complete(self) -> None:
        data, path = str(self.values["data"]), str(self.values["file"])
        if data and path:
            raise InputError("'file' and 'data' are mutually exclusive")
        if not data and not path:
            raise InputError("Either 'file' or 'data' must be provided")
        if self.values["keyid"]:
            raise StateError("encrypted secrets are not supported by hmp")
        contents = _read(path) if path else data.encode("latin-1")
        if self.values["format"] == "base64":
            try:
                contents = base64.b64decode(contents, validate=True)
            except binascii.Error:
                raise InputError("Base64 data contains invalid characters") from None
        self.contents = contents

    def release(self) -> None:
        self.contents = b""


def _read(path: str) -> bytes:
    try:
        with open(path.encode("latin-1"), "rb") as file:
            return file.read()
    except OSError as error:
        raise SecretFileError(path, error.errno or 0) from None
