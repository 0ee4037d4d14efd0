"""Commands about parts that this machine does not have; they answer as QEMU does without the part.

Management programs send many of them to every machine at the start (docs/qemu-behaviour/qmp.md §C).
What the arguments are is checked by QEMU's schema.
"""

from __future__ import annotations

from typing import Any

from hmp.errors import StateError
from hmp.machine.migration.incoming import NO_POSTCOPY, NOT_PAUSABLE, NOT_PAUSED
from hmp.qmp.command import Arguments, QmpCommand
from hmp.qmp.context import Context


class NotActiveError(StateError):
    """What is asked for is not in use (QMP class DeviceNotActive)."""

    qmp_class = "DeviceNotActive"


# What QEMU answers; nothing here changes it.
ANSWERS: dict[str, Any] = {
    **dict.fromkeys(
        (
            "query-block-exports",
            "query-block-jobs",
            "query-cryptodev",
            "query-jobs",
            "query-stats",
            "query-tpm",
            "query-vcpu-dirty-limit",
        ),
        [],
    ),
    **dict.fromkeys(
        (
            "announce-self",
            "cancel-vcpu-dirty-limit",
            "display-reload",
            "rtc-reset-reinjection",
            "send-key",
            "xen-set-global-dirty-log",
        ),
        {},
    ),
    "query-colo-status": {"last-mode": "none", "mode": "none", "reason": "none"},
    "query-dirty-rate": {
        "status": "unstarted",
        "sample-pages": 0,
        "mode": "page-sampling",
        "calc-time-unit": "second",
        "start-time": 0,
        "calc-time": 0,
    },
    "query-replay": {"icount": 0, "mode": "none"},
    "query-sev": {
        "enabled": False,
        "api-minor": 0,
        "handle": 0,
        "state": "uninit",
        "api-major": 0,
        "sev-type": "sev",
        "build-id": 0,
        "policy": 0,
    },
    "query-spice": {"migrated": False, "enabled": False, "mouse-mode": "client"},
    "query-tpm-models": ["tpm-crb", "tpm-tis"],
    "query-tpm-types": ["passthrough", "emulator"],
    "query-xen-replication-status": {"error": False},
}
REFUSALS = {
    "dump-skeys": "Storage keys information not available for this architecture",
    "dumpdtb": "This machine doesn't have an FDT",
    "migrate-pause": NOT_PAUSABLE,
    "migrate-recover": NOT_PAUSED,
    "migrate-start-postcopy": NO_POSTCOPY,
    "nbd-server-stop": "NBD server not running",
    "query-firmware-log": "firmware log buffer not found",
    "query-gic-capabilities": "GIC hardware is not available on this target",
    "query-hv-balloon-status-report": "no hv-balloon device present",
    "query-s390x-cpu-polarization": "CPU polarization is not supported on this target",
    "query-sev-attestation-report": "SEV is not enabled",
    "query-sev-capabilities": "KVM not enabled",
    "query-sev-launch-measure": "SEV launch measurement is not available",
    "query-sgx": "No EPC regions defined, SGX not available",
    "query-sgx-capabilities": "Could not open '/dev/sgx_vepc': No such file or directory",
    "replay-break": "setting the breakpoint is allowed only in play mode",
    "replay-delete-break": "replay breakpoints are allowed only in play mode",
    "replay-seek": "replay must be enabled to seek",
    "set-cpu-topology": "CPU topology change is not supported on this target",
    "set-vcpu-dirty-limit": "dirty page limit feature requires KVM with accelerator property "
    "'dirty-ring-size' set'",
    "sev-inject-launch-secret": "SEV not enabled for guest",
    "system_wakeup": "Unable to wake up: guest is not in suspended state",
    "x-colo-lost-heartbeat": "VM is not in COLO mode",
    "xen-event-inject": "Xen event channel emulation not enabled",
    "xen-event-list": "Xen event channel emulation not enabled",
    **dict.fromkeys(
        (
            "job-cancel",
            "job-complete",
            "job-dismiss",
            "job-finalize",
            "job-pause",
            "job-resume",
        ),
        "Job not found",
    ),
    **dict.fromkeys(
        (
            "query-rocker",
            "query-rocker-ports",
            "query-rocker-of-dpa-flows",
            "query-rocker-of-dpa-groups",
        ),
        "rocker {name} not found",
    ),
    **dict.fromkeys(("block-export-del",), "Export '{id}' is not found"),
    "nbd-server-remove": "Export '{name}' is not found",
}
INACTIVE = {
    **dict.fromkeys(
        (
            "block-job-cancel",
            "block-job-complete",
            "block-job-pause",
            "block-job-resume",
            "block-job-set-speed",
        ),
        "Block job '{device}' not found",
    ),
    **dict.fromkeys(
        ("block-job-change", "block-job-dismiss", "block-job-finalize"),
        "Block job '{id}' not found",
    ),
}
# Of operations on what is in images (hmp/machine/block/unsupported.py), which no client reads.
UNSUPPORTED = (
    *("block-commit", "block-stream", "blockdev-backup", "blockdev-create", "blockdev-mirror"),
    *("drive-backup", "drive-mirror", "blockdev-snapshot", "blockdev-snapshot-sync"),
    *("blockdev-snapshot-internal-sync", "blockdev-snapshot-delete-internal-sync"),
    *("snapshot-delete", "snapshot-load", "snapshot-save"),
    *("block-export-add", "nbd-server-add", "nbd-server-start"),
    *("block-dirty-bitmap-add", "block-dirty-bitmap-clear", "block-dirty-bitmap-disable"),
    *("block-dirty-bitmap-enable", "block-dirty-bitmap-merge", "block-dirty-bitmap-remove"),
)
# Counted by cryptographic devices that a guest uses.
_CRYPTODEV_COUNTERS = [
    f"{kind}-{what}"
    for kind, whats in (
        ("asym", "verify-bytes sign-bytes decrypt-bytes encrypt-bytes"),
        ("asym", "verify-ops sign-ops decrypt-ops encrypt-ops"),
        ("sym", "decrypt-bytes encrypt-bytes decrypt-ops encrypt-ops"),
    )
    for what in whats.split()
]


def _query_stats_schemas(ctx: Context, arguments: Arguments) -> object:
    """Return what could be counted, which only cryptographic devices do here."""
    if arguments.get("provider", "cryptodev") != "cryptodev":
        return []
    counters = [{"name": name, "exponent": 0, "type": "cumulative"} for name in _CRYPTODEV_COUNTERS]
    return [{"provider": "cryptodev", "stats": counters, "target": "cryptodev"}]


def _answer(name: str) -> QmpCommand:
    return QmpCommand(name, lambda ctx, arguments: ANSWERS[name], is_recorded=True)


def _refusal(name: str, message: str, error: type[StateError] = StateError) -> QmpCommand:
    def refuse(ctx: Context, arguments: Arguments) -> object:
        raise error(message.format_map(arguments))

    return QmpCommand(name, refuse, is_recorded=True)


def _unsupported(name: str) -> QmpCommand:
    def refuse(ctx: Context, arguments: Arguments) -> object:
        from hmp.machine.block import unsupported

        return unsupported.refuse(ctx.machine, name, arguments)

    return QmpCommand(name, refuse, is_recorded=True)


COMMANDS = (
    *(_answer(name) for name in ANSWERS),
    *(_refusal(name, message) for name, message in REFUSALS.items()),
    *(_refusal(name, message, NotActiveError) for name, message in INACTIVE.items()),
    *map(_unsupported, UNSUPPORTED),
    QmpCommand("query-stats-schemas", _query_stats_schemas, is_recorded=True),
)
