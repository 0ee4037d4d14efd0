"""A link to a domain of libvirt, through virsh: requests one by one, in one call for each batch."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from hmp.connect.links.link import Answer, LinkError, QmpEvent, RefusedError, Request, ask
from hmp.connect.links.target import Target

TAINTED = (
    "libvirt marks a domain as tainted whose monitor is used, and what is plugged here is missing "
    "from its XML"
)
"""What a user has to know before the first request."""
VERSION = Request("query-version")


class LibvirtLink:
    """A link to a domain; it tells no events but the end, with `on_event(None)`.

    Raises LinkError when there is no virsh or no running domain.
    """

    has_qmp = True

    def __init__(self, target: Target, on_event: Callable[[QmpEvent | None], None]) -> None:
        self.target, self.version, self.lost, self.process = target, "", "", 0
        self.is_local = not urlsplit(target.uri).hostname
        self._on_event = on_event
        self._worker = ThreadPoolExecutor(1, "virsh")
        self._read_version()

    def _read_version(self) -> None:
        (answer,) = ask(self, [VERSION])
        if isinstance(answer, RefusedError):
            raise LinkError(answer.message)
        self.version = "{major}.{minor}.{micro}".format(**answer["qemu"])

    def submit(self, requests: Sequence[Request]) -> Future[list[Answer]]:
        return self._worker.submit(self._answer, requests)

    def _answer(self, requests: Sequence[Request]) -> list[Answer]:
        script = " ; ".join(map(self._command, requests))
        connection = ["-c", self.target.uri] if self.target.uri else []
        try:
            done = subprocess.run(
                ["virsh", "-q", *connection, script],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                # Its messages are read.
                env={**os.environ, "LC_ALL": "C.UTF-8"},
            )
        except OSError as error:
            raise LinkError(f"virsh: {error.strerror or error}") from None
        answers = _answers(done.stdout)
        if len(answers) < len(requests):
            self._lose(done.stderr)
        return answers

    def _command(self, request: Request) -> str:
        message: dict[str, Any] = {"execute": request.command}
        if request.arguments:
            message["arguments"] = dict(request.arguments)
        words = ("qemu-monitor-command", self.target.domain, json.dumps(message))
        return " ".join(map(shlex.quote, words))

    def _lose(self, errors: str) -> None:
        reason = errors.strip().rpartition("\n")[2].removeprefix("error: ") or "virsh: no answer"
        if self.version:
            self.lost = reason
            self._on_event(None)
        raise LinkError(reason)

    def reconnect(self) -> None:
        self.process, self.version = 0, ""
        self._read_version()
        self.lost = ""

    def close(self) -> None:
        self._worker.shutdown(wait=False)


def _answers(text: str) -> list[Answer]:
    """Return the answers in virsh's output: one JSON object after the other."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        try:
            reply, at = decoder.raw_decode(text, at)
        except ValueError:
            break
        error = reply.get("error")
        found.append(RefusedError(error["class"], error["desc"]) if error else reply.get("return"))
    return found
