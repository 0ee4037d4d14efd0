"""A QMP session: bytes in, answers and events out; all state of a connection ends with it
(docs/qemu-behaviour/qmp.md §A1, §A4).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from typing import NamedTuple, TypeVar

from hmp.errors import HmpError, InputError, unexpected_error
from hmp.json.stream import JsonStream
from hmp.machine.events import Event
from hmp.machine.machine import Machine
from hmp.machine.preconfig import MachineFailedError
from hmp.monitor import Monitor, ignore
from hmp.qmp import early
from hmp.qmp.context import CommandNotFoundError, Context
from hmp.qmp.messages import (
    LongText,
    Message,
    Request,
    error_reply,
    event_message,
    parse_request,
)
from hmp.qmp.registry import COMMANDS

Result = TypeVar("Result")
InSteps = Generator[None, None, Result]
"""Work that yields between two steps, when others may be served."""


class Answer(NamedTuple):
    """The answer to a request, and its injected faults: a `delay` in seconds, or a drop of the
    connection in place of the message.
    """

    message: Message
    delay: float = 0.0
    drop: bool = False


class InjectedError(HmpError):
    """An injected error of a chosen QMP class."""

    def __init__(self, error_class: str, description: str) -> None:
        super().__init__(description)
        self.qmp_class = error_class


class Session:
    """A session; `send_event` takes the messages of events once the client has negotiated."""

    def __init__(
        self,
        machine: Machine,
        send_event: Callable[[Message], object] = bool,  # It ignores the message.
        to_stdout: Callable[[str], None] = ignore,
        to_stderr: Callable[..., None] = ignore,
    ) -> None:
        self.machine, self._to_stderr = machine, to_stderr
        self.context = Context(machine, COMMANDS, Monitor(machine, to_stdout, to_stderr))
        self._send_event = send_event
        self._stream = JsonStream()

    def feed(self, data: str) -> Iterator[Answer | None]:
        """Yield the answers to the requests that a piece of text completes, and None between two
        steps of one that is long, when others may be served.

        A request runs only when its answer is asked for.
        """
        for value in self._stream.feed(data):
            answer = yield from self._answer(value)
            yield answer
            # After quit, the rest of the input is lost (docs/qemu-behaviour/qmp.md §A6).
            if self.machine.run_state.ended:
                return

    def answer(self, value: object) -> Answer:
        """Run the request of a message, and return its answer with a text that is not in parts."""
        steps = self._answer(value)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                answer: Answer = end.value
                text = answer.message.get("return")
                if isinstance(text, LongText):
                    answer.message["return"] = str(text)
                return answer

    def _answer(self, value: object) -> InSteps[Answer]:
        """Run the request of a message, or report the error that took its place.

        The `id` comes back in every answer to an object (docs/qemu-behaviour/qmp.md §A4).
        """
        if isinstance(value, HmpError):
            return Answer(error_reply(value))
        identifier: Message = {}
        try:
            if not isinstance(value, dict):
                raise InputError("QMP input must be a JSON object")
            if "id" in value:
                identifier = {"id": value["id"]}
            request = parse_request(value, self.context.oob_enabled)
            faults = self.machine.faults
            if self.context.negotiated and faults.next_drop():
                return Answer({}, drop=True)
            delay = faults.next_delay() if self.context.negotiated else 0.0
            reply = yield from self._reply(request)
            return Answer({**reply, **identifier}, delay)
        except MachineFailedError as error:
            self._to_stderr(*error.lines)
            return Answer({}, drop=True)
        except HmpError as error:
            return Answer({**error_reply(error), **identifier})

    def _reply(self, request: Request) -> InSteps[Message]:
        try:
            result = yield from self._run(request)
            return {"return": result}
        except MachineFailedError:
            raise
        except HmpError as error:
            return error_reply(error)
        except Exception as unexpected:
            return error_reply(unexpected_error(unexpected))

    def _run(self, request: Request) -> InSteps[object]:
        # Before negotiation QEMU does not look whether there is such a command
        # (docs/qemu-behaviour/qmp.md §A4).
        if not self.context.negotiated and request.command != "qmp_capabilities":
            raise CommandNotFoundError(
                request.command, "Expecting capabilities negotiation with 'qmp_capabilities'"
            )
        command = COMMANDS.get(request.command)
        if command is None:
            raise CommandNotFoundError(
                request.command, f"The command {request.command} has not been found"
            )
        if self.machine.preconfig and command.name not in early.COMMANDS:
            raise early.NotInitializedError(command.name)
        if request.out_of_band:
            raise InputError(f"The command {request.command} does not support OOB")
        fault = self.machine.faults.next_command(request.command)
        if fault:
            raise InjectedError(*fault)
        with self._command_scope():
            result = command.run(self.context, request.arguments)
        while isinstance(result, Generator):
            with self._command_scope():
                try:
                    next(result)
                except StopIteration as end:
                    return end.value
            yield
        return result

    def _command_scope(self) -> AbstractContextManager[None]:
        # A QMP reply has no place for warnings; QEMU writes them to stderr.
        return self.machine.command_scope(lambda line: self._to_stderr(line), self._to_stderr)

    def on_event(self, event: Event) -> None:
        """Send an event, unless the client has yet to negotiate."""
        if self.context.negotiated:
            self._send_event(event_message(event))
