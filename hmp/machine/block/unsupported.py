"""The error of what can't be done to drives, since nothing is in their images here."""

from __future__ import annotations

from hmp.errors import StateError


class UnsupportedError(StateError):
    """A client asks for something that only a machine with data on its disks can do."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} are not supported by hmp")
        self.what = what
