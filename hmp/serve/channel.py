"""The flow of one connection: input goes to the protocol, and its outputs to the stream, in order
and without holding up other connections, however slowly the client reads.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from typing import Protocol

from hmp.serve.protocols import MonitorProtocol, Output

CHUNK_BYTES = 1 << 14
"""How much input a protocol gets at once; more would delay other connections."""
TIME_SLICE_S = 0.005
"""How long a connection is served before others get their turn."""


class Stream(Protocol):
    """A connection as a channel sees it."""

    def write(self, data: bytes) -> None:
        """Send data, now or later."""

    def end(self) -> None:
        """Close when everything is sent."""

    def abort(self) -> None:
        """Close at once."""

    def set_reading(self, reading: bool) -> None:
        """Read input, or leave it with the client."""

    def take_descriptor(self) -> int | None:
        """Return the next descriptor that came with a message, if any."""


class Channel:
    """Connects a protocol to a stream.

    It reads no further while the stream is blocked or an output is delayed, so that a client that
    does not read can't fill the memory. `after_output` runs the guest once an output was sent, and
    returns whether the machine has ended.
    """

    def __init__(
        self, protocol: MonitorProtocol, stream: Stream, after_output: Callable[[], bool]
    ) -> None:
        self._protocol, self._stream, self._after_output = protocol, stream, after_output
        self._loop = asyncio.get_running_loop()
        self._input: deque[bytes] = deque()
        self._outputs: Iterator[Output] | None = None
        self._blocked = self._delayed = self._input_ended = self._closed = self._scheduled = False
        stream.write(protocol.greeting())

    def receive(self, data: bytes) -> None:
        """Take input of the client."""
        self._input.append(data)
        self._resume()

    def end_of_input(self) -> None:
        """Close once everything that was received is answered (docs/qemu-behaviour/qmp.md §A1)."""
        self._input_ended = True
        self._resume()

    def block(self, blocked: bool) -> None:
        """Stop while the stream takes no more output, or go on."""
        self._blocked = blocked
        if not blocked:
            self._resume()

    def close(self) -> None:
        """Close the connection when everything is sent."""
        if not self._closed:
            self.lost()
            self._stream.end()

    def lost(self) -> None:
        """Take note that the connection is gone."""
        if not self._closed:
            self._closed = True
            # A command that still runs ends, and closes what it has opened.
            self._outputs = None
            self._protocol.closed()

    def replace(self, protocol: MonitorProtocol) -> None:
        """Let the client talk to another protocol, whose greeting it gets."""
        self._protocol.closed()
        self._protocol = protocol
        self._stream.write(protocol.greeting())

    def _resume(self) -> None:
        if not self._scheduled:
            self._process()

    def _process(self) -> None:
        """Answer the input for one time slice."""
        self._scheduled = False
        end = self._loop.time() + TIME_SLICE_S
        while not (self._closed or self._blocked or self._delayed) and self._next_output():
            if self._loop.time() > end:
                self._scheduled = True
                # Callbacks of other connections that wait already run before it.
                self._loop.call_soon(self._process)
                break
        if self._closed:
            return
        is_idle = not self._input and self._outputs is None
        self._stream.set_reading(is_idle)
        if is_idle and self._input_ended:
            self.close()

    def _next_output(self) -> bool:
        """Produce and send one output, or begin the next chunk of input; False when none is left.

        A protocol runs a command only when its output is asked for.
        """
        if self._outputs is None:
            if not self._input:
                return False
            self._outputs = self._protocol.feed(self._next_chunk().decode("latin-1"))
        output = next(self._outputs, None)
        if output is None:
            self._outputs = None
        elif output.drop:
            self.lost()
            self._stream.abort()
        elif output.delay:
            self._delayed = True
            self._loop.call_later(output.delay, self._send_delayed, output)
        else:
            self._send(output)
        return True

    def _next_chunk(self) -> bytes:
        data = self._input.popleft()
        if len(data) > CHUNK_BYTES:
            self._input.appendleft(data[CHUNK_BYTES:])
        return data[:CHUNK_BYTES]

    def _send_delayed(self, output: Output) -> None:
        self._delayed = False
        if not self._closed:
            self._send(output)
            self._resume()

    def _send(self, output: Output) -> None:
        if output.data:
            self._stream.write(output.data)
        if not output.is_partial and self._after_output():
            # After quit, requests of the same write are lost (docs/qemu-behaviour/qmp.md §A6).
            self._input.clear()
            self.close()
