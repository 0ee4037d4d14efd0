"""The human monitor of a running QEMU, in the form in which scripts and the console use any."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, wait

from hmp.commands.command import Command
from hmp.connect.command_set import read_command_set
from hmp.connect.connection import NOT_UNDERSTOOD, Connection
from hmp.connect.links.link import (
    QUERY_TIMEOUT_S,
    Answer,
    LinkError,
    RefusedError,
    Request,
    ask,
    is_stopped,
    monitor_line,
    no_answer,
    wait_for_answers,
)
from hmp.connect.refusals import error_of
from hmp.connect.safety import READ_ONLY, Permissions, check_allowed, danger
from hmp.connect.shadow.answers import MEMORY_DEVICES
from hmp.connect.shadow.machine import ShadowMachine
from hmp.encoding import to_latin1, to_unicode
from hmp.errors import HmpError, InputError
from hmp.grammar.command_line import CommandSet, ParsedLine, parse_line
from hmp.grammar.opts import HELP_WORDS
from hmp.monitor import PROMPT as QEMU_PROMPT
from hmp.monitor import Execution, Monitor, error_text, ignore

POLL_S = 0.05
"""How often one who waits for QEMU is asked whether to go on."""


class NotUtf8Error(InputError):
    """QMP can't carry the line."""

    def __init__(self) -> None:
        super().__init__("the line is not UTF-8, which QMP needs")


class RemoteMonitor(Monitor):
    """The monitor of a running QEMU."""

    def __init__(
        self,
        connection: Connection,
        allowed: Permissions,
        to_stderr: Callable[..., None] = ignore,
    ) -> None:
        self.connection, self.allowed = connection, allowed
        self.has_quit = False
        super().__init__(connection.machine, to_stderr=to_stderr)
        self.context.commands = self.context.known = self._read_commands()

    def ask_qmp(self, name: str, arguments: dict[str, object]) -> object:
        """Return what a QMP command returns, None where it fails or there is no QMP."""
        if not self.connection.link.has_qmp:
            return None
        (answer,) = ask(self.connection.link, [Request(name, arguments)])
        return None if isinstance(answer, RefusedError) else answer

    @property
    def machine(self) -> ShadowMachine:
        # The context has the latest one, too.
        self.context.machine = self.connection.machine
        return self.connection.machine

    @property
    def banner(self) -> str:
        return f"QEMU {self.connection.link.version} monitor - type 'help' for more information"

    @property
    def prompt(self) -> str:
        name = self.machine.name
        return f"(qemu {name}) " if name else QEMU_PROMPT

    @property
    def introduction(self) -> str:
        link = self.connection.link
        process = f", process {link.process}" if link.process else ""
        kind = "" if self.allowed.write else "; it only looks (--write allows changes)"
        return f"connected to {link.target.text}{process}{kind}"

    @property
    def owner(self) -> str:
        return self.connection.description

    @property
    def has_ended(self) -> bool:
        return self.has_quit or self.connection.has_ended

    def _read_commands(self) -> CommandSet[Command]:
        found = wait_for_answers(self.connection.link, self.connection.help)
        commands, info = (
            "" if isinstance(text, RefusedError) else to_latin1(text.replace("\r\n", "\n"))
            for text in found
        )
        return read_command_set(commands, info)

    def run_line(self, line: str) -> Execution:
        self.context.remember_line(line)
        self.connection.relay_events()
        command = self.parse(line).command
        if command is None or command in self.context.commands:
            return RemoteExecution(self, line)
        # Those about the run of a script, and its pictures, are ours.
        self.connection.refresh()
        self.context.machine = self.connection.machine
        return Execution(self, line)

    def danger(self, line: str) -> str:
        parsed = self.parse(line)
        return danger(parsed) if self.allowed.write else ""

    def parse(self, line: str) -> ParsedLine[Command]:
        """Return a line parsed by the commands that QEMU has, and those of the front end."""
        return parse_line(line, self.context.known)

    def expected_error(self, line: ParsedLine[Command]) -> HmpError | None:
        """Return the error that QEMU is expected to reply with, None for no error.

        A device with memory is plugged into the shadow, where it leaves a record for `explain`.
        """
        if line.command is None or line.error:
            return line.error
        try:
            if line.name.value == "device_add" and line.type_name in MEMORY_DEVICES:
                self._try_plug(line)
            elif line.command.check:
                line.command.check(self.machine, **line.values)
        except HmpError as error:
            return error
        except NOT_UNDERSTOOD:
            # The machine of another version may be one that is not made here.
            return None
        return None

    def _try_plug(self, line: ParsedLine[Command]) -> None:
        from hmp.commands.objects import device_add

        if not any(option.key in HELP_WORDS for option in line.options):
            with self.connection.lock, self.machine.command_scope(ignore, ignore):
                device_add(self.context, **line.values)

    def after(self, line: ParsedLine[Command], error: HmpError | None) -> None:
        """Do what follows the reply to a line: look at the machine, unless nothing has changed."""
        name = line.command.names[0] if line.command else line.name.value
        self.has_quit = _is_quit(line) and not error
        if self.has_quit:
            return
        if name == "device_del" and not error:
            self.connection.unplugs.add(str(line.values["device"]))
        if name == "device_add":
            self._complete_record(error)
        if name not in READ_ONLY:
            self.connection.refresh()

    def _complete_record(self, error: HmpError | None) -> None:
        """Let the record of the plug say what QEMU has said."""
        attempt = self.machine.last_plug
        if attempt is not None and bool(attempt.error) != bool(error):
            attempt.failure = error
            attempt.addr = attempt.addr if error is None else None


class RemoteExecution(Execution):
    """The execution of a line in QEMU, which other work may go on beside.

    Empty parts come while QEMU is busy: the caller may leave then, and the reply is dropped.
    """

    def __init__(self, monitor: RemoteMonitor, line: str) -> None:
        super().__init__(monitor, line)
        self._remote = monitor
        self.expected: HmpError | None = None
        self._has_finished = False

    @property
    def clears(self) -> bool:
        command = self.parsed.command if self.parsed else None
        return command is not None and command.names[0] == "clear" and not self.error

    @property
    def has_finished(self) -> bool:
        return self._has_finished

    @property
    def left_message(self) -> str:
        return "" if self._has_finished else "QEMU goes on with it; its reply is dropped"

    def __iter__(self) -> Iterator[str]:
        future = self._send()
        while future and not wait([future], POLL_S).done and not self._is_stopped():
            yield ""
        yield self._finish(future)

    async def stream(self) -> AsyncIterator[str]:
        import asyncio

        # What asks QEMU or reads much is in a thread, so that keys and events are not held up.
        future = await asyncio.to_thread(self._send)
        if future:
            answer = asyncio.wrap_future(future)
            # Nobody may wait for it any more when the connection ends.
            answer.add_done_callback(lambda done: done.cancelled() or done.exception())
            while not (await asyncio.wait([answer], timeout=POLL_S))[0] and not self._is_stopped():
                yield ""
        yield await asyncio.to_thread(self._finish, future)

    def _is_stopped(self) -> bool:
        return is_stopped(self._remote.connection.link.process)

    def _send(self) -> Future[list[Answer]] | None:
        """Send the line, unless it must not be sent: then `error` says why."""
        self.parsed = line = self._remote.parse(self._line)
        try:
            if not _is_utf8(self._line):
                raise NotUtf8Error
            check_allowed(line, self._remote.allowed)
            self._remote.connection.ensure()
        except HmpError as error:
            self.error = error
            return None
        self.expected = self._remote.expected_error(line)
        self._remote.connection.is_quitting = _is_quit(line)
        return self._remote.connection.link.submit([monitor_line(to_unicode(self._line))])

    def _finish(self, future: Future[list[Answer]] | None) -> str:
        """Return the text of the reply, and note what the line has done."""
        assert self.parsed is not None
        self._has_finished = True
        if future is None:
            return self._text_of_error(self.error) if self.error else ""
        try:
            text = self._text_of(future)
        except LinkError as error:
            if _is_quit(self.parsed) and self._remote.connection.link.lost:
                text = ""
            else:
                return self._text_of_error(error)
        self._remote.after(self.parsed, self.error)
        return text

    def _text_of(self, future: Future[list[Answer]]) -> str:
        if not future.done():
            future.cancel()
            raise LinkError(no_answer(self._remote.connection.link, QUERY_TIMEOUT_S))
        answer = future.result()[0]
        if isinstance(answer, RefusedError):
            return self._text_of_error(answer)
        text = to_latin1(answer.replace("\r\n", "\n"))
        assert self.parsed is not None
        self.error = error_of(text, self.parsed, self.expected)
        self.error_text = text if self.error else ""
        return text

    def _text_of_error(self, error: HmpError) -> str:
        self.error, self.error_text = error, error_text(error, self.parsed)
        return self.error_text


def _is_quit(line: ParsedLine[Command]) -> bool:
    return line.command is not None and line.command.names[0] == "quit" and not line.error


def _is_utf8(line: str) -> bool:
    try:
        line.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
