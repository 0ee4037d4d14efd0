"""Commands on drives; their handlers are imported when they are first called."""

from __future__ import annotations

from hmp.commands.command import CommandGroup, LazyHandler
from hmp.grammar.parameters import Expression, Flag, Refers, Size, Word

GROUP = CommandGroup()
_DRIVE = Word("device", Refers.DRIVE, expected="block device name")

GROUP.add(
    "drive_add",
    syntax=(Flag("node", "n"), Word("pci_addr"), Word("opts", Refers.HOST)),
    parameters="[-n] [[<domain>:]<bus>:]<slot> [file=file][,if=type][,...]",
    help="add a drive without a device (-n: a block node); it has no effect",
)(LazyHandler("backends.block", "drive_add"))
GROUP.add(
    "drive_del",
    syntax=(Word("id", expected="block device name"),),
    parameters="device",
    help="remove a drive",
)(LazyHandler("backends.block", "drive_del"))
GROUP.add(
    "eject",
    syntax=(Flag("force", "f"), _DRIVE),
    parameters="[-f] device",
    help="take the medium out of a drive",
)(LazyHandler("backends.block", "eject"))
GROUP.add(
    "change",
    syntax=(
        _DRIVE,
        Flag("force", "f"),
        Word("target", Refers.HOST, expected="filename"),
        Word("arg", optional=True),
        Word("read_only_mode", choices=("retain", "read-only", "read-write"), optional=True),
    ),
    parameters="device [-f] filename [format [read-only-mode]]",
    help="put an image into a drive, in place of what is there",
)(LazyHandler("backends.block", "change"))
GROUP.add(
    "block_resize",
    syntax=(_DRIVE, Size("size")),
    parameters="device size",
    help="give a drive another size; its image stays as it is",
)(LazyHandler("backends.block", "block_resize"))
GROUP.add(
    "block_set_io_throttle",
    syntax=(
        _DRIVE,
        *(Expression(name) for name in ("bps", "bps_rd", "bps_wr", "iops", "iops_rd", "iops_wr")),
    ),
    parameters="device bps bps_rd bps_wr iops iops_rd iops_wr",
    help="limit the bytes and operations a second of a drive; none are made",
)(LazyHandler("backends.block", "block_set_io_throttle"))
GROUP.add_info(
    "block",
    syntax=(Flag("nodes", "n"), Flag("verbose", "v"), Word("device", optional=True)),
    parameters="[-n] [-v] [device]",
    help="show the drives (-n: all block nodes, -v: with their images)",
)(LazyHandler("info.block", "info_block"))
GROUP.add_info("blockstats", help="show what the drives did")(
    LazyHandler("info.block", "info_blockstats")
)
GROUP.add_info("block-jobs", help="show the block jobs, of which there are none")(
    LazyHandler("backends.jobs", "info_block_jobs")
)
for _name, _what in (
    ("block_job_cancel", "stop"),
    ("block_job_complete", "finish"),
    ("block_job_pause", "pause"),
    ("block_job_resume", "resume"),
):
    GROUP.add(
        _name,
        syntax=(Flag("force", "f"), _DRIVE) if _name == "block_job_cancel" else (_DRIVE,),
        parameters="[-f] device" if _name == "block_job_cancel" else "device",
        help=f"{_what} a block job; there is none",
    )(LazyHandler("backends.jobs", "block_job"))
GROUP.add(
    "block_job_set_speed",
    syntax=(_DRIVE, Size("speed")),
    parameters="device speed",
    help="limit the speed of a block job; there is none",
)(LazyHandler("backends.jobs", "block_job"))
GROUP.add(
    "commit",
    syntax=(_DRIVE,),
    parameters="device|all",
    help="write changes to the image below (refused)",
)(LazyHandler("backends.jobs", "commit"))
GROUP.add(
    "block_stream",
    syntax=(_DRIVE, Size("speed", optional=True), Word("base", optional=True)),
    parameters="device [speed [base]]",
    help="copy the image below into a drive (refused)",
)(LazyHandler("backends.jobs", "start_job"))
_COPY = (
    *(Flag("reuse", "n"), Flag("full", "f"), _DRIVE),
    *(Word("target", Refers.HOST), Word("format", optional=True)),
)
GROUP.add(
    "drive_mirror",
    syntax=_COPY,
    parameters="[-n] [-f] device target [format]",
    help="copy a drive and go on with the copy (refused)",
)(LazyHandler("backends.jobs", "start_job"))
GROUP.add(
    "drive_backup",
    syntax=(*_COPY[:2], Flag("compress", "c"), *_COPY[2:]),
    parameters="[-n] [-f] [-c] device target [format]",
    help="copy a drive (refused)",
)(LazyHandler("backends.jobs", "start_job"))
for _name, _syntax, _parameters, _help in (
    ("savevm", (Word("name", optional=True),), "tag", "save the machine with its drives (refused)"),
    ("loadvm", (Word("name"),), "tag", "load a saved machine (refused)"),
    ("delvm", (Word("name"),), "tag", "delete a saved machine (refused)"),
):
    GROUP.add(_name, syntax=_syntax, parameters=_parameters, help=_help)(
        LazyHandler("backends.jobs", "snapshot")
    )
GROUP.add(
    "nbd_server_start",
    syntax=(Flag("all", "a"), Flag("writable", "w"), Word("uri", Refers.HOST)),
    parameters="[-a] [-w] host:port",
    help="serve drives by NBD (refused)",
)(LazyHandler("backends.jobs", "export"))
GROUP.add("nbd_server_stop", help="serve drives by NBD no more")(
    LazyHandler("backends.jobs", "nbd_server_stop")
)
GROUP.add(
    "nbd_server_remove",
    syntax=(Flag("force", "f"), Word("name")),
    parameters="[-f] name",
    help="remove an export, of which there is none",
)(LazyHandler("backends.jobs", "nbd_server_remove"))
GROUP.add(
    "nbd_server_add",
    syntax=(Flag("writable", "w"), _DRIVE, Word("name", optional=True)),
    parameters="[-w] device [name]",
    help="export a drive by NBD (refused)",
)(LazyHandler("backends.jobs", "nbd_server_add"))
GROUP.add(
    "snapshot_blkdev",
    syntax=(
        *(Flag("reuse", "n"), _DRIVE, Word("snapshot_file", Refers.FILE, optional=True)),
        Word("format", optional=True),
    ),
    parameters="[-n] device [new-image-file] [format]",
    help="go on with another image of a drive (refused)",
)(LazyHandler("backends.jobs", "snapshot_blkdev"))
GROUP.add(
    "snapshot_blkdev_internal",
    syntax=(_DRIVE, Word("name")),
    parameters="device name",
    help="keep the state of a drive inside of its image (refused)",
)(LazyHandler("backends.jobs", "snapshot_blkdev_internal"))
GROUP.add(
    "snapshot_delete_blkdev_internal",
    syntax=(_DRIVE, Word("name"), Word("id", optional=True)),
    parameters="device name [id]",
    help="delete a state inside of a drive's image (refused)",
)(LazyHandler("backends.jobs", "snapshot_blkdev_internal"))
GROUP.add_info("snapshots", help="show the saved machines")(
    LazyHandler("backends.jobs", "info_snapshots")
)
