"""The commands of QMP that are there before a machine with --preconfig is made, of those that there
are here (experiment: each command).
"""

from __future__ import annotations

from hmp.errors import StateError

COMMANDS = frozenset(
    ("blockdev-add", "blockdev-del", "netdev_add", "netdev_del", "object-add", "object-del")
    + ("qmp_capabilities", "qom-get", "qom-list", "qom-list-properties", "qom-list-types")
    + ("qom-set", "query-block", "query-block-jobs", "query-blockstats", "query-chardev")
    + ("query-command-line-options", "query-commands", "query-hotpluggable-cpus")
    + ("query-iothreads", "query-memdev", "query-name", "query-named-block-nodes")
    + ("query-qmp-schema", "query-status", "query-uuid", "query-version", "quit", "set-action")
    + ("set-numa-node", "x-exit-preconfig")
)


class NotInitializedError(StateError):
    """The command is there once the machine is made."""

    def __init__(self, command: str) -> None:
        super().__init__(
            f"The command '{command}' is permitted only after machine initialization has completed"
        )
        self.command = command
