"""What a lesson may do on the host: run commands of the monitor, and name files in a folder of its
own, so that a lesson of a stranger can be played.

All of it is checked when the lesson is read, by the parsers that its lines run through later.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping

from hmp.cmdline.configuration import Configuration
from hmp.cmdline.errors import EarlyExit, StartupError
from hmp.cmdline.options import tokenize
from hmp.cmdline.parser import parse_command_line
from hmp.encoding import to_latin1, to_unicode
from hmp.errors import InputError
from hmp.grammar.command_line import CommandInfo, CommandSet, parse_line
from hmp.grammar.keyval import Keyval
from hmp.grammar.parameters import Argument, KeyvalOrJson, Refers
from hmp.grammar.redirection import split_redirection
from hmp.machine.accelerator import ACCELERATORS
from hmp.machine.backends.create import MEMORY_TYPES, OBJECT_TYPES
from hmp.machine.boards.properties import MachineObject
from hmp.machine.memory.host import hugetlbfs_mounts
from hmp.machine.qom.property import HostPath
from hmp.text import one_line, visible

# Character devices that are nothing outside of this process.
OWN_CHARDEVS = ("null", "ringbuf", "vc", "mux", "hub", "none")
SHARED_MEMORY = "/dev/shm"
# The options that make a machine; others open files, serve sockets or are about the program.
MACHINE_OPTIONS = frozenset(
    (
        *("m", "machine", "M", "object", "device", "global", "numa", "smp", "cpu", "accel"),
        *("mem-path", "mem-prealloc", "name", "uuid", "nodefaults", "vga", "nic", "net"),
        *("S", "guest", "action", "no-reboot", "no-shutdown"),
    )
)


class OutsidePathError(InputError):
    """A file that is not in the lesson's folder."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"'{one_line(path)}' is outside of the lesson's folder; its files have relative paths "
            f"without '..', and a directory is {SHARED_MEMORY} or a mounted hugetlbfs"
        )
        self.path = path


def check_typed(line: str) -> None:
    """Raise InputError for a line that does more when it is typed than run a command."""
    if visible(line) != line or "\t" in line:
        raise InputError(f"'{one_line(line)}' has a control character, which would be a key")
    operator = split_redirection(line).operator
    if operator:
        raise InputError(f"a lesson writes no files and runs no shell commands: {operator}")


def check_line(line: str, known: CommandSet[CommandInfo]) -> None:
    """Raise InputError for a line that a lesson must not type."""
    check_typed(line)
    parsed = parse_line(to_latin1(line), known)
    for argument in parsed.arguments:
        if argument.parameter.refers_to == Refers.LESSON:
            raise InputError("a lesson begins and ends no lesson")
        for path in _paths(argument):
            check_path(to_unicode(path))
    for parameter in parsed.command.syntax if parsed.command else ():
        if parameter.refers_to == Refers.CHARDEV:
            # What is left out is a socket.
            _check_chardev(str(parsed.values.get(parameter.name)))
        elif parameter.refers_to == Refers.LINE:
            raise InputError("a lesson types its commands as they are")
        elif parameter.refers_to == Refers.SCRIPT:
            raise InputError("a lesson runs no other files")
        elif parameter.refers_to == Refers.HOST:
            raise InputError("a lesson uses no networks, disks and other hosts")


def _check_chardev(text: str) -> None:
    """Raise InputError for a character device that reaches outside of this process."""
    kind = text.partition(",")[0].removeprefix("backend=")
    if kind not in OWN_CHARDEVS or "backend=" in text[1:] or "logfile" in text:
        raise InputError("a lesson opens no files, sockets and terminals")


def _paths(argument: Argument) -> Iterator[str]:
    """Yield the files that an argument names (bytes, held in Latin-1 strs)."""
    value = argument.node.value
    if argument.parameter.refers_to == Refers.FILE:
        yield str(value)
    elif isinstance(argument.parameter, KeyvalOrJson):
        given = value.tree if isinstance(value, Keyval) else value
        if isinstance(given, Mapping):
            _check_type(given.get("qom-type"))
            yield from (str(given[key]) for key in _path_keys() if key in given)


def _path_keys() -> set[str]:
    """Return the properties of objects whose values are paths."""
    return {
        item.name
        for name in MEMORY_TYPES
        for item in OBJECT_TYPES[name].declared
        if isinstance(item.type, HostPath)
    }


def _check_type(qom_type: object) -> None:
    """Raise InputError for an object that may connect to others, or open what no path names."""
    if qom_type in OBJECT_TYPES and qom_type not in MEMORY_TYPES:
        raise InputError(f"a lesson makes no {qom_type}, which has nothing to do with memory")


def check_machine(arguments: str) -> None:
    """Raise InputError for a command line that is wrong, or names files that a lesson must not."""
    try:
        words = [to_latin1(word) for word in shlex.split(arguments)]
        for option in tokenize(words):
            if option.name not in MACHINE_OPTIONS:
                raise InputError(f"a lesson's machine has no {one_line(to_unicode(option.typed))}")
            if option.name in ("nic", "net") and option.argument != "none":
                raise InputError("a lesson's machine has no network")
        configuration = parse_command_line(words, lambda *_lines: None)
    except StartupError as error:
        raise InputError(to_unicode("; ".join(error.lines))) from None
    except EarlyExit:
        raise InputError("it makes no machine, but prints a text") from None
    except ValueError as error:  # A quotation that does not end.
        raise InputError(str(error)) from None
    for path in _paths_of_machine(configuration):
        check_path(to_unicode(path))


def _paths_of_machine(configuration: Configuration) -> Iterator[str]:
    """Yield the files that a command line of MACHINE_OPTIONS names."""
    for request in configuration.objects:
        _check_type(request.qom_type)
        yield from (str(value) for item, value in request.values if isinstance(item.type, HostPath))
    for item in MachineObject.declared:
        if isinstance(item.type, HostPath) and item.name in configuration.machine:
            yield str(configuration.machine[item.name])
    if configuration.memory_path is not None:
        yield configuration.memory_path
    for accelerator in configuration.accelerators:
        known = ACCELERATORS.get(accelerator.name)
        for key, value in accelerator.properties if known else ():
            if known and key in known.by_name and isinstance(known.by_name[key].type, HostPath):
                yield value


def check_path(path: str) -> None:
    """Raise OutsidePathError for a path that leads out of the lesson's folder.

    Memory file systems are no way out: a directory as mem-path holds files without names.
    """
    path = path.strip()
    if path in _memory_directories():
        return
    # The console expands ~ in some names.
    if path.startswith(("/", "~")) or ".." in path.split("/"):
        raise OutsidePathError(path)


def _memory_directories() -> list[str]:
    shared = [SHARED_MEMORY] if os.path.isdir(SHARED_MEMORY) else []
    return shared + [mount.path for mount in hugetlbfs_mounts()]
