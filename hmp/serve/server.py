"""The server of one machine: its character devices, in an event loop that several servers may
share.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hmp.machine.chardevs.device import CharacterDevice
from hmp.machine.machine import Machine
from hmp.monitor import ignore
from hmp.serve.chardevs import DeviceServer, Dialogues
from hmp.serve.connections import SocketConnection
from hmp.serve.event_loop import DescriptorWriter, MachineDriver
from hmp.serve.signals import ending_at_once

CLOSE_TIMEOUT_S = 1.0
"""How long the last replies may take to be sent before connections are aborted."""
CLOSE_POLL_S = 0.001


class MachineServer:
    """Serves the character devices of a machine, except one that is `left_out`: the script or the
    console has it. `ended` is set when the machine has ended.
    """

    def __init__(
        self,
        machine: Machine,
        stdout: DescriptorWriter | None = None,
        to_stderr: Callable[..., None] = ignore,
        left_out: CharacterDevice | None = None,
    ) -> None:
        self.machine, self._left_out, self._to_stderr = machine, left_out, to_stderr
        self._stdout = stdout
        self.ended = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._closing: asyncio.Task[None] | None = None
        self._dialogues = Dialogues(machine, self._to_stdout, to_stderr)
        self._devices: dict[CharacterDevice, DeviceServer] = {}
        # Connections of removed devices whose last outputs are being sent.
        self._leaving: list[SocketConnection] = []
        self._driver = MachineDriver(machine)
        machine.run_state.on_end = self._on_machine_end

    def _to_stdout(self, text: str) -> None:
        if self._stdout:
            self._stdout.write(text.encode("latin-1"))

    def _on_machine_end(self) -> None:
        # Later, since the reply to the command that ended the machine is still to be sent.
        self._loop.call_soon(self.ended.set)

    def start(self) -> None:
        """Serve every character device that there is, and those to come."""
        self._watch_for_migration()
        chardevs = self.machine.chardevs
        chardevs.on_added, chardevs.on_removed = self._add, self._remove
        chardevs.on_front_end = self._change_front_end
        chardevs.while_waiting = ending_at_once
        for device in list(chardevs.children.values()):
            assert isinstance(device, CharacterDevice)
            self._add(device)

    def _add(self, device: CharacterDevice) -> None:
        if device is not self._left_out:
            server = DeviceServer(
                device, self._dialogues, self.run_guest, self._stdout, self._to_stderr
            )
            self._devices[device] = server
            server.start()

    def _remove(self, device: CharacterDevice) -> None:
        server = self._devices.pop(device, None)
        connection = server.stop() if server else None
        if connection:
            self._leaving.append(connection)

    def _change_front_end(self, device: CharacterDevice) -> None:
        if device in self._devices:
            self._devices[device].change_front_end()

    def clock(self) -> float:
        """Return the clock of the event loop, in seconds."""
        return self._loop.time()

    def run_guest(self) -> bool:
        """Run what is due and the guest; return whether the machine has ended."""
        self._watch_for_migration()
        return self._driver.run_guest()

    def _watch_for_migration(self) -> None:
        """Turn a source away as soon as it connects."""
        descriptor = self.machine.migration.descriptor
        if descriptor is not None:
            self._loop.add_reader(descriptor, self._driver.run_guest)

    async def close(self) -> None:
        """Send what is left, for at most CLOSE_TIMEOUT_S, close everything and remove the socket
        files; only the first call does something, and all wait for it.
        """
        if self._closing is None:
            self._closing = self._loop.create_task(self._close())
        # Cancelling one that waits must not cancel the closing.
        await asyncio.shield(self._closing)

    async def close_when_ended(self) -> None:
        """Wait until the machine has ended, and close: nobody can connect to it any more."""
        await self.ended.wait()
        await self.close()

    async def _close(self) -> None:
        descriptor = self.machine.migration.descriptor
        if descriptor is not None:
            self._loop.remove_reader(descriptor)
        self._driver.end()
        served = [connection for server in self._devices.values() if (connection := server.stop())]
        self.machine.chardevs.close()
        end = self._loop.time() + CLOSE_TIMEOUT_S
        while self._is_sending() and self._loop.time() <= end:
            await asyncio.sleep(CLOSE_POLL_S)
        if self._stdout:
            self._stdout.close()
        for connection in (*served, *self._leaving):
            connection.abort()

    def _is_sending(self) -> bool:
        """Return whether a client has not taken all of its replies."""
        return any(server.connection for server in self._devices.values()) or bool(
            self._stdout and self._stdout.pending
        )
