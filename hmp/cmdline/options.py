"""The options of the command line with their help, and the first pass over argv
(docs/qemu-behaviour/startup.md §2).
"""

from __future__ import annotations

import re

from hmp.cmdline.errors import StartupError
from hmp.errors import HmpError
from hmp.record import Record
from hmp.settings.options import SETTINGS, SWITCHES

# Options without an effect on memory: they are taken and checked (`inert/`).
INERT_FLAGS = (
    *("enable-sync-profile", "full-screen", "jitdump", "no-fd-bootchk"),
    *("no-user-config", "only-migratable", "perfmap", "snapshot", "usb"),
    *("win2k-hack", "xen-attach", "xen-domid-restrict"),
)
INERT = (
    *("D", "L", "acpitable", "append", "audio", "audiodev", "bios", "blockdev"),
    *("boot", "cdrom", "compat", "d", "dfilter", "display", "drive", "dtb"),
    *("dump-vmstate", "fda", "fdb", "fsdev", "fw_cfg", "global", "hda", "hdb"),
    *("hdc", "hdd", "icount", "initrd", "iscsi", "k", "kernel", "loadvm", "mtdblock"),
    *("netdev", "option-rom", "pflash", "rtc", "run-with", "sandbox", "sd"),
    *("seed", "shim", "smbios", "tpmdev", "trace", "usbdevice", "virtfs", "vnc"),
    *("watchdog-action", "xen-domid"),
)
# Options of QEMU that hmp can't follow, with the reason.
UNSUPPORTED = {
    "plugin": "no code runs that a plugin could watch",
    "spice": "there is no display",
}
HELP = {
    "m": "[size=]megs[,slots=n,maxmem=size]\n    initial memory, slots for hotplug, and the most "
    "there may be",
    "machine": "[type=]name[,prop=value[,...]]\n    machine type (pc, q35, none, ...) and its "
    "properties; also -M",
    "object": "TYPE[,prop=value[,...]]\n    create an object such as a memory backend",
    "device": "DRIVER[,prop=value[,...]]\n    plug a device",
    "numa": "node[,nodeid=n][,cpus=a[-b]][,memdev=id][,initiator=n]|cpu,node-id=n[,socket-id=n]...|"
    "dist,...|hmat-lb,...|hmat-cache,...\n    add a NUMA node, put CPUs into it, or say how far it "
    "is from others",
    "smp": "[cpus=]n\n    number of CPUs",
    "cpu": "MODEL[,+flag][,-flag][,prop=value[,...]]\n    model of the CPUs: its address width "
    "limits memory; none of them runs (`-cpu help`)",
    "accel": "NAME[,prop=value[,...]]\n    what info kvm shows: tcg, kvm, ...; of several -accel "
    "the first that the host has (`-accel help`)",
    "vga": "none\n    leave out the display, whose PCI slot becomes free; any other word keeps it",
    "nic": "none\n    leave out the network card, whose PCI slot becomes free; also -net none",
    "name": "[guest=]name\n    name of the machine",
    "uuid": "UUID\n    UUID of the machine",
    "mem-path": "PATH\n    back the initial memory with a file",
    "msg": "[timestamp=on|off][,guest-name=on|off]\n    begin messages on stderr with the time and "
    "the machine's name",
    "overcommit": "[mem-lock=on|off|on-fault][,cpu-pm=on|off]\n    keep all memory, also what is "
    "plugged later, from being swapped out; cpu-pm has no effect",
    "monitor": "stdio|none|null|pty|unix:PATH,server=on,wait=off|"
    "tcp:HOST:PORT,...|telnet:HOST:PORT,...\n"
    "    where the monitor is; a console on the terminal when no monitor is asked for",
    "readconfig": 'FILE\n    read options from a file: [GROUP "ID"], and below it KEY = "VALUE"',
    "set": "GROUP.ID.KEY=VALUE\n    set a key of an earlier option, such as device.dimm1.slot=2",
    "incoming": "defer|tcp:HOST:PORT|unix:PATH\n    wait for an incoming migration, which can't "
    "be loaded here",
    "guest": "linux|none[,online=movable|kernel|offline]"
    "[,unplug=release|refuse|hang][,latency=S][,boot=S]\n"
    "[,power-button=ignore|shutdown][,virtio-mem=SIZE][,balloon=follow|refuse|SIZE]\n"
    "[,cpus=online|offline]\n"
    "    who answers for the guest, and how",
    "action": "[reboot=reset|shutdown][,shutdown=poweroff|pause]\n    what ends the program",
    "pidfile": "FILE\n    write the pid to a file while the program runs",
    "fleet": "N DIR\n    serve N machines of these options, each at DIR/i.qmp and DIR/i.hmp",
    "e": "COMMAND\n    run a command of the monitor in place of stdin, and leave; again for more",
    "script": "FILE\n    run the commands in a file, and leave; also FILE.hmp alone",
    "connect": "unix:PATH|tcp:HOST:PORT|hmp:PATH|telnet:HOST:PORT|libvirt:DOMAIN[@URI]\n"
    "    a console, or a script, in front of a running QEMU: its QMP socket, its human monitor, or "
    "a domain of libvirt",
    "play": "LESSON\n    let a lesson (a name or a file) type itself, for a talk",
    "check-lesson": "FILE\n    run a lesson without a terminal, and say what is wrong with it",
    "lessons": "DIR\n    have the lessons of a folder in the list, too",
    "speed": "N\n    play N times as fast",
    "record": "FILE.cast\n    write what the console shows as an asciinema recording",
    "completion": "bash|zsh|fish\n    print the shell's completion for hmp, and leave",
    "chardev": "null|stdio|pty|file|socket|pipe|udp|ringbuf|mux|hub|...,id=ID"
    "[,path=PATH|host=H,port=P|fd=N]\n"
    "[,server=on][,wait=off][,mux=on][,logfile=FILE]\n    a character device, for what names it",
    "serial": "TEXT|none|mon:stdio\n    the character device of a serial line, which is silent",
    "parallel": "TEXT|none\n    the character device of a parallel port",
    "debugcon": "TEXT\n    the character device of the debug console",
    "gdb": "TEXT|none\n    where debuggers may connect, although there is no CPU to stop",
    "qtest": "TEXT\n    the character device of a client of QEMU's test protocol, which moves the "
    "clock of -accel qtest",
    "qtest-log": "FILE|none\n    what that client says and gets, else on stderr",
    "echr": "N\n    the character in front of c, x and h on a shared character device, 1 for C-a",
    "add-fd": "fd=N,set=N[,opaque=TEXT]\n    put an inherited descriptor into a set",
    "mon": "[chardev=]ID[,mode=readline|control]\n    put a monitor on a character device",
    "qmp": "unix:PATH,server=on,wait=off|tcp:HOST:PORT,server=on,wait=off|stdio\n    serve QMP",
    "qmp-pretty": "DEVICE\n    serve QMP, one member a line",
}
ARGUMENT_COUNTS = {"fleet": 2}
# Options about the script, and how the name of a script ends that needs no option.
SCRIPT_OPTIONS = COMMAND, FILE, QUIET, JSON, EXTRAS = "e", "script", "quiet", "json", "extras"
SCRIPT_SUFFIX = ".hmp"
FLAGS_HELP = {
    "enable-kvm": "the same as -machine accel=kvm",
    "nographic": "put the serial line on stdin and stdout, with the monitor behind C-a c",
    "s": "-gdb tcp::1234",
    "nodefaults": "leave out the display and the network card",
    "S": "do not run the machine at startup (use `cont`)",
    "preconfig": "wait for set-numa-node, and for x-exit-preconfig, before the machine is made",
    "mem-prealloc": "take all memory from the host at once",
    "plain": "on the terminal, only QEMU's own text",
    "ascii": "on the terminal, draw with ASCII characters alone; also in an ASCII locale",
    "screen-reader": "on the terminal, sentences in place of drawings and nothing that is redrawn",
    "write-config": "write the console's settings, as given here, to config.toml and leave",
    "quiet": "in a script, write replies alone, and errors to stderr as FILE:LINE: MESSAGE",
    "json": "in a script, answer each command with an object on a line",
    "extras": "in a script, have map, explain and info mappings, too",
    "step": "let the lesson of -play wait for keys: Space next, b back, p pause, q the console",
    "exit-on-error": "in a script, stop at the first command that fails",
    "write": "with -connect, also send commands that may change the machine",
    "force": "with -connect, also send commands that may abort QEMU",
    "daemonize": "go on in the background once the monitors can be reached",
    "no-reboot": "end in place of a reset",
    "no-shutdown": "stay, paused, when the guest powers off",
    "version": "show the version and leave",
    "help": "show this help and leave",
}
CONSOLE_HELP = {
    setting.name: f"{'|'.join(setting.choices)}\n    {setting.help}"
    for setting in SETTINGS
    if setting.name not in SWITCHES
}
WITH_ARGUMENT = frozenset((*HELP, *CONSOLE_HELP, "M", "net", *INERT, *UNSUPPORTED))
FLAGS = frozenset((*FLAGS_HELP, "h", *INERT_FLAGS))


class Option(Record):
    """An option of a command line; a positional argument has an empty name.

    `place` is its location where that is not what was typed; for one that a file gives `source` is
    the -readconfig, and `tree` is set where keys are dotted. `error` is what is wrong with it.
    """

    name: str
    typed: str
    argument: str
    place: str = ""
    source: str = ""
    tree: dict[str, object] | None = None
    error: HmpError | None = None

    @property
    def takes_argument(self) -> bool:
        """Whether it is an option with an argument."""
        return self.name in WITH_ARGUMENT

    @property
    def may_be_of_script(self) -> bool:
        """Whether it is about the script, or a positional argument that may be one."""
        if self.name:
            return self.name in SCRIPT_OPTIONS
        return self.argument.endswith(SCRIPT_SUFFIX)

    @property
    def location(self) -> str:
        """The option as QEMU's messages name it."""
        if self.place:
            return self.place
        return f"{self.typed} {self.argument}" if self.takes_argument else self.typed


def tokenize(words: list[str]) -> list[Option]:
    """Return the options in order.

    Only names are looked at, before any argument: an unknown one beats every other error.

    Raises:
        StartupError: A name is unknown, or an argument is missing.
    """
    options: list[Option] = []
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if not word.startswith("-"):
            options.append(Option("", word, word))
            continue
        name = word[2:] if word.startswith("--") else word[1:]
        if name in FLAGS:
            options.append(Option(name, word, ""))
        elif name not in WITH_ARGUMENT:
            raise StartupError(f"{word}: invalid option")
        elif at + ARGUMENT_COUNTS.get(name, 1) > len(words):
            raise StartupError(f"{word}: requires an argument")
        else:
            count = ARGUMENT_COUNTS.get(name, 1)
            options.append(Option(name, word, " ".join(words[at : at + count])))
            at += count
    return options


# The options with an effect, by purpose, for --help.
HELP_SECTIONS = {
    "Machine and memory": (
        *("m", "machine", "object", "device", "mem-path", "mem-prealloc", "overcommit"),
        *("name", "uuid", "nodefaults", "vga", "nic", "readconfig", "set"),
    ),
    "CPUs and NUMA": ("smp", "cpu", "accel", "enable-kvm", "numa", "preconfig"),
    "Monitors and character devices": (
        *("monitor", "qmp", "qmp-pretty", "chardev", "mon", "add-fd", "S", "incoming", "action"),
        *("serial", "parallel", "debugcon", "gdb", "s", "nographic", "echr"),
        *("qtest", "qtest-log"),
        *("no-reboot", "no-shutdown", "daemonize", "pidfile", "msg", "fleet"),
    ),
    "Console and scripts": (
        *("e", "script", "quiet", "json", "extras"),
        *("exit-on-error", "plain", "ascii", "screen-reader", "record", "write-config"),
        *("completion", "version", "help"),
    ),
    "In front of a running QEMU": ("connect", "write", "force"),
    "Lessons": ("play", "step", "speed", "lessons", "check-lesson"),
    "Guest": ("guest",),
}
EXAMPLES = """  hmp -m 1G,slots=4,maxmem=8G
      a console: plug memory, and look at it
  hmp -M q35 -m 2G,slots=8,maxmem=32G < session.txt
      a script, whose exit status says whether every command succeeded
  hmp -m 1G --quiet -e 'info status'
      the reply to one command
  hmp -m 1G,slots=4,maxmem=8G -qmp unix:q.sock,server=on,wait=off
      QMP on a socket, for programs that manage QEMU
  hmp -play 1-plug
      a lesson that types itself
"""
# A line of the text on a terminal.
WIDTH = 78


def help_text() -> str:
    """Return the help: options with an effect by purpose, those without one, and examples."""
    lines: list[str] = []
    for title, names in HELP_SECTIONS.items():
        lines.append(f"{title}:\n\n")
        lines += [_entry(name, HELP.get(name, f"\n{FLAGS_HELP.get(name, '')}")) for name in names]
        lines.append("\n")
        if title == "Console and scripts":
            lines.append("Settings of the console, also in config.toml and as HMP_THEME=dark:\n\n")
            lines += [_entry(name, text) for name, text in CONSOLE_HELP.items()]
            lines.append("\n")
    lines.append("Taken and checked, but without an effect, since only memory is simulated:\n\n")
    lines.append(_paragraph(" ".join(f"-{name}" for name in sorted((*INERT_FLAGS, *INERT)))))
    lines.append("\nNot possible here:\n\n")
    lines += [f"-{name}: {reason}\n" for name, reason in UNSUPPORTED.items()]
    return "".join(lines) + f"\nExamples:\n\n{EXAMPLES}"


def _entry(name: str, described: str) -> str:
    """Return the help of an option, whose syntax is broken at alternatives and optional parts."""
    syntax, _end, text = described.rpartition("\n")
    syntax = syntax.replace("\n", "")
    lines = [f"-{name}{' ' * bool(syntax)}"]
    for part in re.split(r"(?<=\|)|(?=\[)", syntax):
        if len(lines[-1]) + len(part) > WIDTH:
            lines.append("        ")
        lines[-1] += part
    return "".join(f"{line}\n" for line in lines) + _paragraph(text.strip())


def _paragraph(text: str) -> str:
    import textwrap

    wrapped = textwrap.wrap(text, WIDTH - 4, break_on_hyphens=False, break_long_words=False)
    return "".join(f"    {line}\n" for line in wrapped)
