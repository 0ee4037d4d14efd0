"""QMP on a UNIX socket: greeting, negotiation, human-monitor-command and quit (spec/qmp.md part A).

The rest of QMP has its room here; rules of the machine are not repeated.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable

from hmp import QEMU_VERSION, __version__
from hmp.errors import HmpError, HostRefusal, InputError
from hmp.grammar.json_text import read_json
from hmp.machine.machine import Machine
from hmp.monitor import Monitor
from hmp.serve.framing import Framer
from hmp.values.json_output import dump
from hmp.values.readers import JsonReader

LIMIT = 64 << 20


class CommandNotFound(HmpError):
    """QMP's class for unknown commands and for those of the wrong phase."""

    qmp_class = "CommandNotFound"


def greeting() -> dict[str, object]:
    """The first message of a connection."""
    major, minor, micro = (int(part) for part in QEMU_VERSION.split("."))
    version = {"qemu": {"micro": micro, "minor": minor, "major": major}, "package": f"hmp {__version__}"}
    return {"QMP": {"version": version, "capabilities": ["oob"]}}


class Session:
    """One connection: requests in, replies out, nothing of a socket."""

    def __init__(self, machine: Machine, to_stdout: Callable[[str], None], to_stderr: Callable[..., None]) -> None:
        self.machine, self.to_stdout, self.to_stderr = machine, to_stdout, to_stderr
        self.negotiated = False
        self.ended = False

    def answer(self, text: str) -> dict[str, object]:
        """The reply to one message, an error reply when it can't be carried out."""
        identifier: dict[str, object] = {}
        try:
            request = read_json(text)
            if not isinstance(request, dict):
                raise InputError("QMP input must be a JSON object")
            if "id" in request:
                identifier = {"id": request["id"]}
            return {"return": self._execute(request), **identifier}
        except HmpError as error:
            return {"error": {"class": error.qmp_class, "desc": error.message}, **identifier}

    def _execute(self, request: dict[str, object]) -> object:
        for member in request:
            if member not in ("execute", "arguments", "id"):
                raise InputError(f"QMP input member '{member}' is unexpected")
        name, arguments = request.get("execute"), request.get("arguments", {})
        if "execute" in request and not isinstance(name, str):
            raise InputError("QMP input member 'execute' must be a string")
        if not isinstance(arguments, dict):
            raise InputError("QMP input member 'arguments' must be an object")
        if name is None:
            raise InputError("QMP input lacks member 'execute'")
        if not self.negotiated and name != "qmp_capabilities":
            raise CommandNotFound("Expecting capabilities negotiation with 'qmp_capabilities'")
        command = _COMMANDS.get(str(name))
        if command is None:
            raise CommandNotFound(f"The command {name} has not been found")
        return command(self, arguments)

    def _negotiate(self, arguments: dict[str, object]) -> object:
        if self.negotiated:
            raise CommandNotFound("Capabilities negotiation is already complete, command ignored")
        enable = arguments.get("enable", [])
        if not isinstance(enable, list):
            raise InputError("Invalid parameter type for 'enable', expected: array")
        for capability in enable:
            JsonReader().enumeration("null", capability, ("oob",))
        _refuse_others(arguments, "enable")
        self.negotiated = True
        return {}

    def _human_monitor_command(self, arguments: dict[str, object]) -> object:
        if "command-line" not in arguments:
            raise InputError("Parameter 'command-line' is missing")
        line = JsonReader().text("command-line", arguments["command-line"])
        index = 0
        if "cpu-index" in arguments:
            index = JsonReader().integer("cpu-index", arguments["cpu-index"], 64, True)
            if not 0 <= index < self.machine.cpu_count:
                raise InputError("Parameter 'cpu-index' expects a CPU number")
        _refuse_others(arguments, "command-line", "cpu-index")
        monitor = self.human
        monitor.cpu = index
        reply = monitor.execute(line)
        self.ended = self.ended or monitor.ended
        return reply.text.replace("\n", "\r\n")

    @property
    def human(self) -> Monitor:
        """The HMP context of the connection; formats are remembered in it."""
        if not hasattr(self, "_human"):
            self._human = Monitor(self.machine, self.to_stdout, self.to_stderr)
        return self._human

    def _quit(self, arguments: dict[str, object]) -> object:
        _refuse_others(arguments)
        self.machine.events.emit("SHUTDOWN", guest=False, reason="host-qmp-quit")
        self.ended = True
        return {}


def _refuse_others(arguments: dict[str, object], *known: str) -> None:
    for key in arguments:
        if key not in known:
            raise InputError(f"Parameter '{key}' is unexpected")


_COMMANDS: dict[str, Callable[[Session, dict[str, object]], object]] = {
    "qmp_capabilities": Session._negotiate,
    "human-monitor-command": Session._human_monitor_command,
    "quit": Session._quit,
}


class Server:
    """A listening UNIX socket that serves one client after the other."""

    def __init__(self, machine: Machine, path: str, to_stderr: Callable[..., None]) -> None:
        self.machine, self.path, self.to_stderr = machine, path, to_stderr
        self.socket = self._listen()

    def _listen(self) -> socket.socket:
        name = self.path.encode("latin-1")
        listening = socket.socket(socket.AF_UNIX)
        try:
            if os.path.lexists(name):
                os.unlink(name)
            listening.bind(name)
        except OSError as error:
            listening.close()
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise HostRefusal(f"Failed to bind socket to {self.path}: {reason}") from None
        listening.listen(1)
        listening.setblocking(False)
        return listening

    async def serve(self) -> None:
        """Serve clients until one of them ends the program."""
        loop = asyncio.get_running_loop()
        while True:
            client, _address = await loop.sock_accept(self.socket)
            reader, writer = await asyncio.open_connection(sock=client, limit=LIMIT)
            try:
                if await self._converse(reader, writer):
                    return
            except ConnectionError:
                continue
            finally:
                writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one client; True when the program is to end."""
        session = Session(self.machine, _print, self.to_stderr)
        framer = Framer()
        writer.write(_encoded(greeting()))
        while data := await reader.read(1 << 16):
            for message in framer.feed(data.decode("latin-1")):
                writer.write(_encoded(session.answer(message)))
                if session.ended:
                    await writer.drain()
                    return True
            await writer.drain()
        return False

    def close(self) -> None:
        """Stop listening and remove the socket's file."""
        self.socket.close()
        name = self.path.encode("latin-1")
        if os.path.lexists(name):
            os.unlink(name)


def _encoded(message: dict[str, object]) -> bytes:
    return (dump(message) + "\r\n").encode("ascii")


def _print(octets: str) -> None:
    os.write(1, octets.encode("latin-1"))


def socket_path(target: str) -> str:
    """The path of `unix:PATH,server=on,wait=off`; InputError for options that are not served."""
    from hmp.grammar.options import read_options

    items = read_options(target.removeprefix("unix:"), "path")
    values = {item.key: item.value for item in items}
    server = values.get("server") in ("on", "yes", "true", "y")
    if not server:
        raise HostRefusal(f"Failed to connect to '{values.get('path', '')}': only server=on is supported by hmp")
    return values.get("path", "")

