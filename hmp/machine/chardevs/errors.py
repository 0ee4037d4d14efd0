"""Errors about character devices by name, and about texts that describe one."""

from __future__ import annotations

from hmp.errors import InputError, ParameterError, StateError


class ChardevNotFoundError(StateError):
    """No character device has the name that a front end asks for."""

    parameter = "chardev"

    def __init__(self, name: str) -> None:
        super().__init__(f'chardev "{name}" not found')
        self.name = name


class ChardevInUseError(StateError):
    """Another front end has the character device."""

    parameter = "chardev"

    def __init__(self, name: str) -> None:
        super().__init__(f"chardev '{name}' is already in use")
        self.name = name


class NoSuchChardevError(StateError):
    """No character device has the name that a command gives."""

    parameter = "id"

    def __init__(self, name: str, problem: str = "not found") -> None:
        super().__init__(f"Chardev '{name}' {problem}")
        self.name = name


class ChardevExistsError(StateError):
    """A character device of the name exists: QMP's message; others get that of the object tree."""

    parameter = "id"

    def __init__(self, name: str) -> None:
        super().__init__(f"Chardev with id '{name}' already exists")
        self.name = name


class ChardevBusyError(StateError):
    """A front end uses the character device."""

    parameter = "id"

    def __init__(self, name: str) -> None:
        super().__init__(f"Chardev '{name}' is busy")
        self.name = name


class StdioTakenError(StateError):
    """Another character device has stdin and stdout, or there is none in the background."""

    def __init__(self, in_background: bool) -> None:
        super().__init__(
            "cannot use stdio with -daemonize"
            if in_background
            else "cannot use stdio by multiple character devices"
        )


class UnknownDriverError(ParameterError):
    """No kind of character device has that name."""

    def __init__(self, backend: str) -> None:
        super().__init__("backend", f"'{backend}' is not a valid char driver name")
        self.backend = backend


class NotADeviceTextError(InputError):
    """A text, such as the argument of -monitor, begins with no kind of character device."""

    def __init__(self, text: str) -> None:
        super().__init__(f"'{text}' is not a valid char driver")
        self.text = text


class MalformedDeviceTextError(InputError):
    """A text is malformed after its kind; QEMU says nothing about where."""

    def __init__(self) -> None:
        super().__init__("")


class DescriptorError(ParameterError):
    """A file descriptor that is no number."""

    def __init__(self, text: str) -> None:
        super().__init__("fd", f"Unable to parse FD number {text}")
        self.text = text
