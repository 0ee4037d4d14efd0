"""Commands that few sessions use: their handlers are imported when they are first called."""

from __future__ import annotations

from hmp.commands.command import CommandGroup, LazyHandler
from hmp.grammar.parameters import Expression, Flag, Opts, Refers, Rest, Word, Words
from hmp.machine.run_state import ACTIONS

GROUP = CommandGroup()
_ON_OFF = ("on", "off")
_VCPU = Expression("vcpu", optional=True, bits=32)
_SAVE = (Expression("addr"), Expression("size", bits=32), Word("file", Refers.FILE))

GROUP.add(
    "balloon",
    syntax=(Expression("target", signed=False),),
    parameters="target",
    help="ask the guest to make do with so many MiB",
)(LazyHandler("hardware.balloon", "balloon"))
GROUP.add_info("balloon", help="show what the balloon leaves to the guest")(
    LazyHandler("hardware.balloon", "info_balloon")
)
GROUP.add(
    "boot_set",
    syntax=(Word("bootdevice"),),
    parameters="bootdevice",
    help="choose the devices to boot from; nothing is booted",
)(LazyHandler("hardware.firmware", "boot_set"))
GROUP.add("nmi", help="inject an NMI, which no CPU takes")(LazyHandler("hardware.firmware", "nmi"))
GROUP.add(
    "cpu",
    syntax=(Expression("index", Refers.CPU, bits=32),),
    parameters="index",
    help="choose the CPU that other commands look through",
)(LazyHandler("hardware.cpus", "cpu"))
GROUP.add(
    "chardev-add",
    syntax=(Word("args", Refers.CHARDEV),),
    parameters="args",
    help="open a character device",
)(LazyHandler("backends.chardevs", "chardev_add"))
GROUP.add(
    "chardev-change",
    syntax=(Word("id"), Word("args", Refers.CHARDEV)),
    parameters="id args",
    help="put another character device in the place of one",
)(LazyHandler("backends.chardevs", "chardev_change"))
GROUP.add("chardev-remove", syntax=(Word("id"),), parameters="id", help="close a character device")(
    LazyHandler("backends.chardevs", "chardev_remove")
)
GROUP.add(
    "chardev-send-break",
    syntax=(Word("id"),),
    parameters="id",
    help="send a break, which nobody heeds, to a character device",
)(LazyHandler("backends.chardevs", "chardev_send_break"))
GROUP.add(
    "ringbuf_write",
    syntax=(Word("device"), Word("data")),
    parameters="device data",
    help="put data into a ring buffer",
)(LazyHandler("backends.chardevs", "ringbuf_write"))
GROUP.add(
    "ringbuf_read",
    syntax=(Word("device"), Expression("size", bits=32)),
    parameters="device size",
    help="take data out of a ring buffer",
)(LazyHandler("backends.chardevs", "ringbuf_read"))
GROUP.add(
    "getfd",
    syntax=(Word("fdname"),),
    parameters="getfd name",
    help="name the descriptor that came with the line",
)(LazyHandler("backends.chardevs", "getfd"))
GROUP.add(
    "closefd",
    syntax=(Word("fdname"),),
    parameters="closefd name",
    help="close a descriptor that getfd named",
)(LazyHandler("backends.chardevs", "closefd"))
GROUP.add(
    "gdbserver",
    syntax=(Word("device", Refers.CHARDEV, optional=True),),
    parameters="[device]",
    help="let debuggers connect (default 'tcp::1234'), or no more ('none')",
)(LazyHandler("backends.chardevs", "gdbserver"))
GROUP.add(
    "watchdog_action",
    syntax=(Word("action", choices=ACTIONS["watchdog"]),),
    parameters="[" + "|".join(ACTIONS["watchdog"]) + "]",
    help="choose what a watchdog does; there is none",
)(LazyHandler("backends.chardevs", "watchdog_action"))
GROUP.add_info("chardev", help="show the character devices")(
    LazyHandler("backends.chardevs", "info_chardev")
)
GROUP.add(
    "hostfwd_add",
    syntax=(Word("first", Refers.HOST), Word("second", optional=True)),
    parameters="[netdev_id] [tcp|udp]:[hostaddr]:hostport-[guestaddr]:guestport",
    help="listen on a port of the host for a network of the type user",
)(LazyHandler("backends.network", "hostfwd_add"))
GROUP.add(
    "hostfwd_remove",
    syntax=(Word("first"), Word("second", optional=True)),
    parameters="[netdev_id] [tcp|udp]:[hostaddr]:hostport",
    help="stop listening on a port of the host",
)(LazyHandler("backends.network", "hostfwd_remove"))
GROUP.add(
    "netdev_add",
    syntax=(Opts("options", "type", Refers.HOST),),
    parameters="[user|tap|socket|...],id=str[,prop=value][,...]",
    help="make a network backend; nothing goes through it",
)(LazyHandler("backends.network", "netdev_add"))
GROUP.add(
    "netdev_del",
    syntax=(Word("id"),),
    parameters="id",
    help="remove a network backend",
)(LazyHandler("backends.network", "netdev_del"))
GROUP.add(
    "set_link",
    syntax=(Word("name"), Word("up", optional=True, choices=_ON_OFF)),
    parameters="name on|off",
    help="plug or unplug the cable of a network card; nothing goes through it",
)(LazyHandler("backends.network", "set_link"))
GROUP.add(
    "announce_self",
    syntax=(Word("interfaces", optional=True), Word("id", optional=True)),
    parameters="[interfaces] [id]",
    help="let network cards announce themselves; nothing goes through a network",
)(LazyHandler("backends.network", "announce_self"))
GROUP.add(
    "log",
    syntax=(Word("items"),),
    parameters="item1[,...]",
    help="choose what is logged ('none' for nothing, 'help' for a list); nothing comes here",
)(LazyHandler("backends.log", "log"))
GROUP.add(
    "logfile",
    syntax=(Word("filename", Refers.FILE, expected="filename"),),
    parameters="filename",
    help="log into a file",
)(LazyHandler("backends.log", "logfile"))
GROUP.add(
    "trace-event",
    syntax=(Word("name"), Word("option", optional=True, choices=_ON_OFF), _VCPU),
    parameters="name on|off [vcpu]",
    help="switch a trace event on or off; nothing is traced",
)(LazyHandler("backends.log", "trace_event"))
GROUP.add_info(
    "trace-events",
    syntax=(Word("name", optional=True), _VCPU),
    parameters="[name] [vcpu]",
    help="show which trace events are on",
)(LazyHandler("backends.log", "info_trace_events"))
GROUP.add_info("network", help="show the network backends")(
    LazyHandler("backends.network", "info_network")
)
GROUP.add(
    "guest",
    syntax=(
        Word("action", Refers.GUEST_ACTION, optional=True),
        Words("words", Refers.GUEST_ACTION),
    ),
    parameters="[action [...]]",
    help="control the simulated guest and injected faults (hmp only; see `guest`)",
)(LazyHandler("guest", "guest"))
GROUP.add(
    "migrate_incoming",
    syntax=(Word("uri", Refers.HOST),),
    parameters="uri",
    help="listen for the source of an incoming migration",
)(LazyHandler("migration", "migrate_incoming"))
GROUP.add(
    "migrate",
    syntax=(Flag("detach", "d"), Flag("resume", "r"), Word("uri", Refers.HOST)),
    parameters="[-d] [-r] uri",
    help="migrate to another host (refused)",
)(LazyHandler("migration", "migrate"))
GROUP.add("migrate_cancel", help="stop a migration")(LazyHandler("migration", "migrate_cancel"))
GROUP.add("migrate_pause", help="pause a migration, of which there is none")(
    LazyHandler("migration", "migrate_pause")
)
GROUP.add("migrate_start_postcopy", help="go on with a migration after the copy")(
    LazyHandler("migration", "migrate_start_postcopy")
)
GROUP.add(
    "migrate_recover",
    syntax=(Word("uri", Refers.HOST),),
    parameters="uri",
    help="go on with a paused migration, of which there is none",
)(LazyHandler("migration", "migrate_recover"))
GROUP.add(
    "migrate_set_capability",
    syntax=(Word("capability"), Word("state", optional=True, choices=_ON_OFF)),
    parameters="capability state",
    help="switch a capability of migration on or off",
)(LazyHandler("migration", "migrate_set_capability"))
GROUP.add(
    "migrate_set_parameter",
    syntax=(Word("parameter"), Rest("value")),
    parameters="parameter value",
    help="set a parameter of migration",
)(LazyHandler("migration", "migrate_set_parameter"))
GROUP.add_info("migrate_parameters", help="show the parameters of migration")(
    LazyHandler("migration", "info_migrate_parameters")
)
GROUP.add_info("migrate_capabilities", help="show the capabilities of migration")(
    LazyHandler("migration", "info_migrate_capabilities")
)
GROUP.add_info("migrate", help="show where the machine waits for a migration")(
    LazyHandler("migration", "info_migrate")
)
GROUP.add(
    "memsave",
    syntax=_SAVE,
    parameters="addr size file",
    help="save memory at a virtual address to a file",
)(LazyHandler("guest_memory.memsave", "memsave"))
GROUP.add(
    "pmemsave",
    syntax=_SAVE,
    parameters="addr size file",
    help="save memory at a physical address to a file",
)(LazyHandler("guest_memory.memsave", "pmemsave"))
GROUP.add(
    "dump-guest-memory",
    syntax=(
        *(Flag("paging", "p"), Flag("detach", "d"), Flag("windows", "w"), Flag("zlib", "z")),
        *(Flag("lzo", "l"), Flag("snappy", "s"), Flag("raw", "R")),
        Word("file", Refers.FILE, expected="filename"),
        Expression("begin", optional=True),
        Expression("length", optional=True),
    ),
    parameters="[-p] [-d] [-z|-l|-s|-w] [-R] filename [begin length]",
    help="save guest memory, or `length` bytes from `begin` on, as an ELF core file "
    "(-d: go on answering meanwhile)",
)(LazyHandler("guest_memory.memsave", "dump_guest_memory"))
GROUP.add_info("dump", help="show the state of a dump")(
    LazyHandler("guest_memory.memsave", "info_dump")
)
GROUP.add_info("cpus", help="show the CPUs")(LazyHandler("hardware.cpus", "info_cpus"))
GROUP.add(
    "sendkey",
    syntax=(Word("keys"), Expression("hold_time", optional=True)),
    parameters="keys [hold_ms]",
    help="press keys, which no guest reads",
)(LazyHandler("hardware.inputs", "sendkey"))
GROUP.add(
    "mouse_move",
    syntax=(Word("dx"), Word("dy"), Word("dz", optional=True)),
    parameters="dx dy [dz]",
    help="move the mouse, which no guest reads",
)(LazyHandler("hardware.inputs", "move_mouse"))
GROUP.add(
    "mouse_button",
    syntax=(Expression("button_state", bits=32),),
    parameters="state",
    help="press buttons of the mouse (1: left, 2: right, 4: middle), which no guest reads",
)(LazyHandler("hardware.inputs", "move_mouse"))
GROUP.add(
    "mouse_set",
    syntax=(Expression("index", bits=32),),
    parameters="index",
    help="choose the mouse that is in use",
)(LazyHandler("hardware.inputs", "mouse_set"))
GROUP.add_info("mice", help="show the mice and tablets")(
    LazyHandler("hardware.inputs", "info_mice")
)
GROUP.add_info("guest", help="show what the simulated guest sees (hmp only)")(
    LazyHandler("guest", "info_guest")
)
GROUP.add_info("hotpluggable-cpus", help="show the places of CPUs")(
    LazyHandler("hardware.cpus", "info_hotpluggable_cpus")
)
GROUP.add_info("iothreads", help="show the I/O threads")(
    LazyHandler("info.backends", "info_iothreads")
)
GROUP.add_info("memdev", help="show the memory backends")(LazyHandler("info.memory", "info_memdev"))
GROUP.add_info("memory-devices", help="show the plugged memory devices")(
    LazyHandler("info.memory", "info_memory_devices")
)
GROUP.add_info("memory_size_summary", help="show base and plugged memory in bytes")(
    LazyHandler("info.memory", "info_memory_size_summary")
)
GROUP.add_info(
    "mtree",
    syntax=(Flag("flat", "f"), Flag("dispatch", "d"), Flag("owners", "o"), Flag("disabled", "D")),
    parameters="[-f][-d][-o][-D]",
    help="show the guest's memory (-f: flat, -o: with owners, -D: disabled regions too)",
)(LazyHandler("info.trees", "info_mtree"))
GROUP.add_info("numa", help="show the NUMA nodes and their memory")(
    LazyHandler("info.memory", "info_numa")
)
GROUP.add_info("pci", help="show the PCI devices")(LazyHandler("info.pci", "info_pci"))
GROUP.add_info("usb", help="show the devices on USB buses")(LazyHandler("info.pci", "info_usb"))
GROUP.add_info("qdm", help="list the types of devices")(LazyHandler("type_help", "info_qdm"))
GROUP.add_info(
    "qtree",
    syntax=(Flag("brief", "b"),),
    parameters="[-b]",
    help="show the buses and their devices (-b: names only)",
)(LazyHandler("info.qtree", "info_qtree"))
GROUP.add_info("virtio", help="list the virtio devices")(
    LazyHandler("info.backends", "info_virtio")
)
GROUP.add_info("vnc", help="show the VNC displays, where nothing is shown")(
    LazyHandler("backends.displays", "info_vnc")
)
GROUP.add(
    "screendump",
    syntax=(
        Word("filename", Refers.FILE, expected="filename"),
        Word("device", optional=True),
        Expression("head", optional=True, bits=32),
    ),
    parameters="filename [device [head]]",
    help="save a picture of a display, on which nothing is drawn",
)(LazyHandler("backends.displays", "screendump"))
GROUP.add_info("ramblock", help="show the blocks of host memory")(
    LazyHandler("info.trees", "info_ramblock")
)
GROUP.add_info(
    "registers",
    syntax=(Flag("all", "a"), Expression("vcpu", Refers.CPU, bits=32, optional=True)),
    parameters="[-a|vcpu]",
    help="show the registers of a CPU (-a: of all): no CPU runs, they are those after a reset",
)(LazyHandler("hardware.cpus", "info_registers"))
