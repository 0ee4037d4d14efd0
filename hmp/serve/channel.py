"""Between a talk and a stream: answers in order, without blocking others, however slow the client
reads.

What is said is the talk's business, and moving octets the stream's; time is the event loop's.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from typing import Protocol

from hmp.serve.protocols import MonitorProtocol, Output

SLICE = 1 << 14
TURN = 0.005


class Stream(Protocol):
    """Where a channel's octets go to and come from."""

    def write(self, data: bytes) -> None:
        """Send octets, some time."""

    def end(self) -> None:
        """Close when everything is sent."""

    def abort(self) -> None:
        """Close at once."""

    def set_reading(self, wanted: bool) -> None:
        """Whether more input may come now."""


class Channel:
    """One connection: takes input, lets the talk answer it, and stops reading while its answers are
    not taken.

    `after_answer` is called when an answer was sent: the guest has its turn then; it tells whether
    the machine is over.
    """

    def __init__(
        self, talk: MonitorProtocol, stream: Stream, after_answer: Callable[[], bool]
    ) -> None:
        self._talk, self._stream, self._after_answer = talk, stream, after_answer
        self._loop = asyncio.get_running_loop()
        self._input: deque[bytes] = deque()
        self._answers: Iterator[Output] | None = None
        self._blocked = self._delayed = self._input_ended = self._closed = self._scheduled = False
        stream.write(talk.greeting())

    def receive(self, data: bytes) -> None:
        """Octets came."""
        self._input.append(data)
        self._resume()

    def end_of_input(self) -> None:
        """The client says no more; what it said is answered before the end."""
        self._input_ended = True
        self._resume()

    def block(self, blocked: bool) -> None:
        """The stream can't take more for now, or can again."""
        self._blocked = blocked
        if not blocked:
            self._resume()

    def close(self) -> None:
        """End the connection when everything is sent."""
        if not self._closed:
            self._closed = True
            self._talk.closed()
            self._stream.end()

    def lost(self) -> None:
        """The connection is gone."""
        if not self._closed:
            self._closed = True
            self._talk.closed()

    def _resume(self) -> None:
        if not self._scheduled:
            self._process()

    def _schedule(self) -> None:
        self._scheduled = True
        self._loop.call_soon(self._process)

    def _process(self) -> None:
        """Answer what is there, for a short turn: others have theirs then."""
        self._scheduled = False
        end = self._loop.time() + TURN
        while not (self._closed or self._blocked or self._delayed) and self._next_answer():
            if self._loop.time() > end:
                self._schedule()
                break
        if self._closed:
            return
        is_idle = not self._input and self._answers is None
        self._stream.set_reading(is_idle)
        if is_idle and self._input_ended:
            self.close()

    def _next_answer(self) -> bool:
        """Work out and send one answer, or come to the next slice of input; False when there is
        none.
        """
        if self._answers is None:
            if not self._input:
                return False
            self._answers = self._talk.feed(self._slice().decode("latin-1"))
        piece = next(self._answers, None)
        if piece is None:
            self._answers = None
        elif piece.drop:
            self.lost()
            self._stream.abort()
        elif piece.delay:
            self._delayed = True
            self._loop.call_later(piece.delay, self._send_late, piece)
        else:
            self._send(piece)
        return True

    def _slice(self) -> bytes:
        data = self._input.popleft()
        if len(data) > SLICE:
            self._input.appendleft(data[SLICE:])
        return data[:SLICE]

    def _send_late(self, piece: Output) -> None:
        self._delayed = False
        if not self._closed:
            self._send(piece)
            self._resume()

    def _send(self, piece: Output) -> None:
        self._stream.write(piece.data)
        if self._after_answer():
            self._input.clear()
            self.close()
