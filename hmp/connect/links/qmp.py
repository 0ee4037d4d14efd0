"""A link through a QMP socket, by the qemu.qmp library, whose event loop has a thread of its own.

Scripts and the console then ask in the same way, and neither is held up by a QEMU that is busy.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from qemu.qmp import ConnectError, ExecuteError, Message, QMPClient, QMPError, Runstate

from hmp.connect.links.link import (
    CLOSED,
    LOOPBACK,
    QUERY_TIMEOUT_S,
    Answer,
    LinkError,
    QmpEvent,
    RefusedError,
    Request,
    is_stopped,
)
from hmp.connect.links.target import Target

Result = TypeVar("Result")
CLOSE_TIMEOUT_S = 1.0


class QmpLink:
    """A link through a QMP socket; `on_event` is called in the link's thread, with None when the
    connection has ended.

    Raises LinkError when there is no QMP.
    """

    has_qmp = True

    def __init__(self, target: Target, on_event: Callable[[QmpEvent | None], None]) -> None:
        self.target, self.version, self.lost, self.process = target, "", "", 0
        self.is_local = bool(target.path) or target.host in LOOPBACK
        self._on_event = on_event
        self._client = QMPClient()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._run_loop, name="qmp", daemon=True).start()
        self._connect()

    def _run_loop(self) -> None:
        # The signals of the process are for the main thread.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        self._loop.run_forever()

    def _schedule(self, work: Coroutine[Any, Any, Result]) -> Future[Result]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _connect(self) -> None:
        work = self._schedule(self._open())
        try:
            work.result(QUERY_TIMEOUT_S)
        except TimeoutError:
            work.cancel()
            raise LinkError(self._silence()) from None
        except ConnectError as error:
            raise LinkError(_reason(error)) from None

    def _silence(self) -> str:
        if is_stopped(self.process):
            return f"QEMU (process {self.process}) is stopped"
        return (
            f"no greeting in {QUERY_TIMEOUT_S:g} s: another client has this monitor, or QEMU is "
            "busy or stopped"
        )

    async def _open(self) -> None:
        where = self.target.path or (self.target.host, self.target.port)
        await self._client.connect(where)
        self.lost, self._gone = "", asyncio.Event()
        greeting = self._client.greeting
        assert greeting is not None
        version: Any = greeting.QMP.version["qemu"]
        self.version = "{major}.{minor}.{micro}".format(**version)
        self._tasks = (
            asyncio.ensure_future(self._listen()),
            asyncio.ensure_future(self._watch()),
        )

    async def _listen(self) -> None:
        with self._client.listener() as events:
            async for event in events:
                self._on_event(_event(event))

    async def _watch(self) -> None:
        # A listener does not end with the connection; the client's run state tells.
        while self._client.runstate == Runstate.RUNNING:
            await self._client.runstate_changed()
        self._tasks[0].cancel()
        self.lost = CLOSED
        self._gone.set()
        # What is left of the connection has to be taken back before the next one.
        with suppress(EOFError, OSError, QMPError):
            await self._client.disconnect()
        self._on_event(None)

    def submit(self, requests: Sequence[Request]) -> Future[list[Answer]]:
        return self._schedule(self._answer(requests))

    async def _answer(self, requests: Sequence[Request]) -> list[Answer]:
        if self.lost:
            raise LinkError(self.lost)
        # The library leaves a request without an end that it takes while the connection ends.
        answers = asyncio.ensure_future(self._execute_all(requests))
        gone = asyncio.ensure_future(self._gone.wait())
        waited: tuple[asyncio.Future[Any], ...] = (answers, gone)
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        gone.cancel()
        if answers.done():
            return answers.result()
        answers.cancel()
        await asyncio.gather(answers, return_exceptions=True)
        raise LinkError(CLOSED)

    async def _execute_all(self, requests: Sequence[Request]) -> list[Answer]:
        return list(await asyncio.gather(*map(self._execute, requests)))

    async def _execute(self, request: Request) -> Answer:
        try:
            return await self._client.execute(request.command, dict(request.arguments) or None)
        except ExecuteError as error:
            return RefusedError(error.error_class, str(error))
        except (EOFError, OSError, QMPError):
            self.lost = CLOSED
            raise LinkError(CLOSED) from None

    def reconnect(self) -> None:
        self.process = 0
        self._connect()

    def close(self) -> None:
        work = self._schedule(self._close())
        with suppress(TimeoutError, EOFError, OSError, QMPError):
            work.result(CLOSE_TIMEOUT_S)

    async def _close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self._client.disconnect()


def _event(message: Message) -> QmpEvent:
    event: dict[str, Any] = dict(message)
    stamp = event["timestamp"]
    microseconds = stamp["seconds"] * 10**6 + stamp["microseconds"]
    return QmpEvent(event["event"], event.get("data", {}), microseconds)


def _reason(error: ConnectError) -> str:
    """Return why there is no connection: the host's reason, or what is wrong with the greeting."""
    cause = error.exc
    if isinstance(cause, OSError):
        return cause.strerror or str(cause)
    if isinstance(cause, EOFError):
        return "the other side closed the connection before a greeting: no QMP, or busy"
    return f"this is no QMP: {cause}"
