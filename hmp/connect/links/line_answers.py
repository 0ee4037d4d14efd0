"""Answer QMP's queries from the replies of a human monitor, as far as it tells the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from hmp.connect.links.link import Answer, RefusedError, Request

_DEVICE_HEAD = re.compile(r'Memory device \[(.+)\]: "(.*)"')
_BACKEND_HEAD = re.compile(r"memory backend: (.*)")
_FIELD = re.compile(r"  ([\w -]+): *(.*)")
_PCI_HEAD = re.compile(r"  Bus +(\d+), device +(\d+), function (\d+):")
_PCI_ID = re.compile(r'      id "(.*)"')
_CPU = re.compile(r"CPU #(\d+):.*?thread_id=(\d+)")
_LISTED = re.compile(r"(\S+) \((.*)\)")


def line_for(request: Request) -> str:
    """Return the line whose reply has the answer to a request, empty where no line has it."""
    arguments = request.arguments
    if request.command == "human-monitor-command":
        line: str = arguments["command-line"]
        return line
    if request.command == "qom-get":
        return f"qom-get {arguments['path']} {arguments['property']}"
    if request.command == "qom-list":
        return f"qom-list {arguments['path']}"
    return _QUERIES[request.command][0] if request.command in _QUERIES else ""


def answer_from(request: Request, reply: str) -> Answer:
    """Return the answer to a request from the reply to its line."""
    if request.command == "human-monitor-command":
        return reply
    if request.command == "qom-get":
        return _json(reply)
    if request.command == "qom-list":
        return [{"name": name, "type": kind} for name, kind in _LISTED.findall(reply)]
    return _QUERIES[request.command][1](reply)


def no_answer_to(request: Request) -> RefusedError:
    """Return the error of a request that a human monitor can't answer."""
    return RefusedError("CommandNotFound", f"a human monitor has no {request.command}")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return RefusedError("GenericError", text.strip().removeprefix("Error: "))


def _status(text: str) -> dict[str, Any]:
    found = re.search(r"VM status: ([\w-]+)(?:.*\((.*)\))?", text)
    return {"status": (found[2] or found[1]) if found else ""}


def _memory_devices(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for line in text.splitlines():
        if head := _DEVICE_HEAD.match(line):
            found.append({"type": head[1], "data": {"id": head[2]} if head[2] else {}})
        elif found and (field := _FIELD.match(line)):
            found[-1]["data"][field[1]] = _value(field[2])
    return found


def _backends(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for line in text.splitlines():
        if head := _BACKEND_HEAD.match(line):
            found.append({"id": head[1]})
        elif found and (field := _FIELD.match(line)) and field[1] != "host nodes":
            found[-1][field[1]] = _value(field[2])
    return found


def _value(text: str) -> object:
    """Return a value as QMP has it: a number, a truth value, or a word."""
    if re.fullmatch(r"\d+|0x[0-9a-f]+", text):
        return int(text, 0)
    return {"true": True, "false": False}.get(text, text)


def _pci(text: str) -> list[dict[str, Any]]:
    buses: dict[int, list[dict[str, Any]]] = {}
    device: dict[str, Any] = {}
    for line in text.splitlines():
        if head := _PCI_HEAD.match(line):
            device = {"slot": int(head[2]), "function": int(head[3])}
            buses.setdefault(int(head[1]), []).append(device)
        elif identifier := _PCI_ID.match(line):
            device["qdev_id"] = identifier[1]
    return [{"bus": bus, "devices": devices} for bus, devices in buses.items()]


def _cpus(text: str) -> list[dict[str, Any]]:
    return [
        {"cpu-index": int(index), "thread-id": int(thread)} for index, thread in _CPU.findall(text)
    ]


_QUERIES: dict[str, tuple[str, Callable[[str], Any]]] = {
    "query-status": ("info status", _status),
    "query-name": ("info name", lambda text: {"name": text.rstrip("\n")}),
    "query-memory-devices": ("info memory-devices", _memory_devices),
    "query-memdev": ("info memdev", _backends),
    "query-pci": ("info pci", _pci),
    "query-cpus-fast": ("info cpus", _cpus),
}
"""The lines that tell what a query tells, and how their replies are read."""
