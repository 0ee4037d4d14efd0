"""Edit the typed line in the user's editor."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile

from hmp.console.programs import run_program
from hmp.errors import HostError
from hmp.files import reason_of, write_all

VARIABLES = ("VISUAL", "EDITOR")
DEFAULT_EDITORS = ("editor", "nano", "vi")


class EditorError(HostError):
    """The line could not be edited: there is no editor, or it failed."""


def editor_command() -> list[str]:
    """Return the user's editor, split into words; raise EditorError when there is none."""
    named = next(filter(None, map(os.environ.get, VARIABLES)), "")
    try:
        command = shlex.split(named)
    except ValueError:  # A quotation that does not end.
        raise EditorError(f"no shell words: {named}") from None
    if not command:
        command = [name for name in DEFAULT_EDITORS if shutil.which(name)][:1]
    if not command:
        raise EditorError("there is no editor: set VISUAL or EDITOR")
    if shutil.which(command[0]) is None:
        raise EditorError(f"there is no editor {command[0]}: VISUAL or EDITOR names it")
    return command


async def edit_text(text: str) -> str:
    """Return a text after the user has edited it, without the last line end; the terminal is lent
    to the editor meanwhile.

    Raises:
        EditorError: There is no editor, it failed, or the file could not be written or read.
    """
    command = editor_command()
    try:
        descriptor, path = tempfile.mkstemp(prefix="hmp-", suffix=".hmp")
        try:
            with os.fdopen(descriptor, "wb") as file:
                write_all(file.fileno(), f"{text}\n".encode("utf-8", "surrogateescape"))
            status = await run_program([*command, path])
            with open(path, encoding="utf-8", errors="surrogateescape") as edited:
                result = edited.read()
        finally:
            os.unlink(path)
    except OSError as error:
        raise EditorError(f"can't edit the line: {reason_of(error)}") from None
    except subprocess.SubprocessError as error:
        raise EditorError(f"can't edit the line: {error}") from None
    if status:
        name = os.path.basename(command[0])
        raise EditorError(f"{name} ended with status {status}; the line is as it was")
    return result.removesuffix("\n")
