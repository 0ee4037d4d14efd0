"""thread-context: the object that names the CPUs of preallocating threads.

The threads themselves are started in `mapping.py`.
"""

from __future__ import annotations

import os
from typing import ClassVar

from hmp.machine.objects import Object
from hmp.machine.properties import Integer, NodeList, Property


class ThreadContext(Object):
    """thread-context: names the CPUs on which preallocating threads run."""

    type_name = "thread-context"
    declared: ClassVar[tuple[Property, ...]] = (
        Property("thread-id", Integer(64, label="int"), default=0, settable=False),
        Property("node-affinity", NodeList(), settable=True, default=()),
        Property("cpu-affinity", NodeList(), settable=True, default=()),
    )

    def complete(self) -> None:
        """Nothing to get: threads are started when memory is preallocated."""
        self.values["thread-id"] = os.getpid()

    def release(self) -> None:
        """Nothing to give back."""

    def check_deletable(self) -> None:
        """It may always go, even while it is linked."""
