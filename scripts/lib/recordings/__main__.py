"""Record what QEMU answers: `record KIND [FILE ...]`; recordings are never edited by hand."""

from __future__ import annotations

import sys
from pathlib import Path

from scripts.lib import QEMU, RECORDINGS
from scripts.lib.recordings import (
    balloon,
    command_line_options,
    compat,
    connect,
    cpus,
    device_types,
    dump_headers,
    grammar,
    hmp,
    monitor_commands,
    option_groups,
    qapi_types,
    qmp,
    qmp_schema,
    qtest,
    readline,
    trace_events,
)


def record_hmp(paths: list[Path]) -> None:
    """Record the sessions and startup tables named, or all of them."""
    every = [*hmp.SESSIONS.rglob("*.hmp"), *hmp.STARTUP.glob("*.json")]
    for path in paths or sorted(every):
        print(f"{path.name}: {hmp.record(QEMU, path)}")


def record_qmp(paths: list[Path]) -> None:
    """Record the exchanges named, or all of them."""
    for path in paths or sorted((RECORDINGS / "qmp").glob("*.qmp")):
        print(f"{path.name}: {sum(map(len, qmp.record(QEMU, path)))} messages")


def main() -> int:
    """Record one kind; return the exit status."""
    kind, *words = sys.argv[1:] or [""]
    paths = [Path(word) for word in words]
    if kind == "hmp":
        record_hmp(paths)
    elif kind == "qmp":
        record_qmp(paths)
    elif kind == "qmp-schema":
        qmp_schema.record()
    elif kind == "qapi-types":
        qapi_types.record()
    elif kind == "option-groups":
        option_groups.record()
    elif kind == "command-line-options":
        command_line_options.record()
    elif kind == "compat":
        compat.record()
    elif kind == "connect":
        connect.record()
    elif kind == "cpus":
        cpus.record()
    elif kind == "readline":
        readline.record()
    elif kind == "balloon":
        balloon.record()
    elif kind == "qtest":
        qtest.record()
    elif kind == "dump-headers":
        dump_headers.record()
    elif kind == "grammar":
        grammar.record(seed=int(words[0]) if words else 1)
    elif kind == "device-types":
        device_types.record()
    elif kind == "monitor-commands":
        monitor_commands.record()
    elif kind == "trace-events":
        trace_events.record()
    elif kind == "boards":
        device_types.record_boards()
    else:
        print(
            "usage: record hmp [FILE ...] | qmp [FILE ...] | qmp-schema | qapi-types |"
            " option-groups | command-line-options | cpus | device-types | boards |"
            " monitor-commands | readline | balloon | qtest | dump-headers | grammar [SEED]",
            file=sys.stderr,
        )
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
