"""Names that a user gives to lines, kept in the file `aliases` of the XDG config folder."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from hmp.console.execution.prefix import split_prefix
from hmp.errors import HostError, InputError
from hmp.files import open_regular, read_text, reason_of, write_all

NAME = re.compile(r"[A-Za-z][\w-]*")
HEADER = "# Aliases of the hmp console, a line each: NAME = LINE\n"
MAX_BYTES = 1 << 16
# A line may have the data of a secret.
MODE = 0o600


class AliasNameError(InputError):
    """An alias can't have this name: it is no word, or that of a command."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"no alias can be called '{name}': {reason}")
        self.name = name


class Aliases:
    """The aliases, read from a file; with None there are none, and none can be made.

    `is_command` returns whether a command has a name. `troubles` say what could not be read.
    """

    def __init__(self, path: Path | None, is_command: Callable[[str], bool]) -> None:
        self._path, self._is_command = path, is_command
        self.troubles: list[str] = []
        self.lines: Mapping[str, str] = self._read(path) if path else {}

    def _read(self, path: Path) -> dict[str, str]:
        try:
            text = read_text(path, MAX_BYTES)
        except FileNotFoundError:
            return {}
        except OSError as error:
            self.troubles.append(f"no aliases: can't read {path}: {reason_of(error)}")
            return {}
        lines: dict[str, str] = {}
        for number, entry in enumerate(text.splitlines(), start=1):
            if not entry.strip() or entry.lstrip().startswith("#"):
                continue
            try:
                name, line = self._parse(entry)
            except InputError as error:
                self.troubles.append(f"{path}:{number}: {error.message}")
                continue
            lines[name] = line
        return lines

    def _parse(self, definition: str) -> tuple[str, str]:
        name, equals, line = (part.strip() for part in definition.partition("="))
        if not equals:
            raise InputError("an alias is NAME = LINE")
        if not NAME.fullmatch(name):
            raise AliasNameError(name, "it is no word of letters, digits, - and _")
        if self._is_command(name):
            raise AliasNameError(name, "it is a command")
        return name, line

    def define(self, definition: str) -> None:
        """Make an alias by `NAME = LINE`, or remove it by `NAME =`.

        Raises:
            InputError: The definition is wrong, or there is no such alias.
            HostError: The file can't be written; then nothing changes.
        """
        name, line = self._parse(definition)
        lines = {**self.lines, name: line}
        if not line:
            if name not in self.lines:
                raise InputError(f"there is no alias '{name}'")
            del lines[name]
        if lines != self.lines:
            self._write(lines)
            self.lines = lines

    def _write(self, lines: Mapping[str, str]) -> None:
        if self._path is None:
            raise InputError("a lesson makes no aliases")
        text = HEADER + "".join(f"{name} = {line}\n" for name, line in sorted(lines.items()))
        new = self._path.with_name(f"{self._path.name}.new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = open_regular(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, MODE)
            try:
                write_all(descriptor, text.encode("utf-8", "replace"))
            finally:
                os.close(descriptor)
            new.replace(self._path)
        except OSError as error:
            raise HostError(f"can't write {self._path}: {reason_of(error)}") from None

    def expand(self, text: str) -> str:
        """Return a typed line with the line of an alias in place of its name.

        That may begin with another alias, but none is taken twice.
        """
        prefix = split_prefix(text).text
        rest, taken = text[len(prefix) :], set[str]()
        while (name := _first_word(rest)) in self.lines and name not in taken:
            taken.add(name)
            rest = self.lines[name] + rest.lstrip()[len(name) :]
        return prefix + rest if taken else text


def _first_word(text: str) -> str:
    return next(iter(text.split(None, 1)), "")
