"""How messages on stderr begin: with the time and the machine's name where -msg asks for them
(docs/qemu-behaviour/startup.md §1).
"""

from __future__ import annotations

import time


class MessageForm:
    """What is in front of the program's name; `name` is that of the machine, None without one."""

    def __init__(self) -> None:
        self.has_time = self.has_name = False
        self.name: str | None = None

    def prefix(self) -> str:
        """Return what a message begins with now."""
        text = ""
        if self.has_time:
            seconds, nanoseconds = divmod(time.time_ns(), 10**9)
            date = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
            text = f"{date}.{nanoseconds // 1000:06}Z "
        return text + f"{self.name} " * (self.has_name and self.name is not None)
