"""A backend that failed, and whose memory the host then can't unmap, keeps no pages."""

from __future__ import annotations

import errno

import pytest

from hmp.errors import HostError
from hmp.machine import system_calls
from hmp.machine.memory import mapping
from hmp.monitor import Monitor
from tests.support import descriptors, resident


def test_no_pages_or_descriptors_are_left(
    monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[mapping.Mapping] = []

    def fail(call: str) -> int:
        return errno.ENOMEM if call in ("munmap", "mbind") else 0

    def populate_first(memory: mapping.Mapping, policy: str, nodes: list[int]) -> None:
        made.append(memory)
        memory.populate(1)
        assert resident(memory.address, memory.length) == memory.length
        bind(memory, policy, nodes)

    bind = mapping.Mapping.bind
    monkeypatch.setattr(mapping.Mapping, "bind", populate_first)
    before = descriptors()
    monkeypatch.setattr(system_calls, "injected_errno", fail)
    error = monitor.execute(
        "object_add memory-backend-memfd,id=m,size=4M,share=off,policy=bind,host-nodes.0=0"
    ).error
    monkeypatch.undo()
    assert isinstance(error, HostError) and "cannot bind memory" in error.message
    (memory,) = made
    assert (resident(memory.address, memory.length), descriptors()) == (0, before)
    memory.close()
