"""Which package may import which (docs/architecture.md), and that no imports go in a circle.

Imports inside functions count; those for annotations alone (`if TYPE_CHECKING:`) do not.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.support import ROOT

BASE = {"", "errors", "units", "encoding", "text", "files", "record", "recorded"}
MACHINE = BASE | {"json", "grammar", "machine", "guest"}
# A package, or a module directly in hmp/, and what it may import besides itself.
MAY_IMPORT: dict[str, set[str]] = {
    "": set(),
    "errors": set(),
    "units": set(),
    "encoding": set(),
    "text": set(),
    "files": set(),
    "record": set(),
    "recorded": set(),
    "collector": set(),
    "json": BASE,
    "settings": BASE,
    "grammar": BASE | {"json"},
    "machine": MACHINE,
    "guest": MACHINE,
    "memory_map": MACHINE,
    "commands": MACHINE,
    "monitor": MACHINE | {"commands"},
    "qmp": MACHINE | {"monitor"},
    "cmdline": MACHINE | {"commands", "settings", "lessons"},
    "assist": MACHINE | {"commands", "lessons"},
    "session": MACHINE | {"commands", "monitor", "memory_map", "assist"},
    "serve": MACHINE | {"commands", "monitor", "qmp", "cmdline", "session", "settings", "console"},
    "lessons": MACHINE | {"monitor", "cmdline", "serve", "session", "assist"},
    "testing": MACHINE | {"monitor", "qmp", "cmdline", "serve"},
    "console": MACHINE
    | {"commands", "monitor", "cmdline", "settings", "memory_map", "assist", "lessons", "serve"}
    | {"session", "collector"},
    "connect": MACHINE
    | {"commands", "monitor", "cmdline", "settings", "serve", "console", "session", "collector"},
    "cli": MACHINE
    | {"cmdline", "monitor", "settings", "serve", "console", "connect", "lessons", "collector"},
    "__main__": {"cli", "collector"},
}
# Which packages may import what is not of the standard library.
THIRD_PARTY = {
    "prompt_toolkit": {"console"},
    "pyparsing": {"grammar", "lessons"},
    "platformdirs": {"settings", "console", "lessons"},
    "qemu": {"testing", "connect"},
    "pytest": {"testing"},
}


def module_name(path: Path) -> str:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


MODULES = {module_name(path): path for path in sorted((ROOT / "hmp").rglob("*.py"))}


def package_of(module: str) -> str:
    """Return the package or module directly in hmp/ that a module belongs to, `""` for hmp."""
    return module.split(".")[1] if "." in module else ""


def imported(tree: ast.AST) -> Iterator[str]:
    """Return the names that are imported; `from a import b` gives a.b."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{name.name}" for name in node.names)
        else:
            yield from imported(node)


def imports_of(module: str) -> set[str]:
    return set(imported(ast.parse(MODULES[module].read_text(encoding="utf-8"))))


def module_of(name: str) -> str:
    """Return the module of an imported name, which may be one itself."""
    return name if name in MODULES else name.rpartition(".")[0]


@pytest.mark.parametrize("package", sorted({package_of(module) for module in MODULES}))
def test_packages_import_what_they_may(package: str) -> None:
    for module in MODULES:
        if package_of(module) != package:
            continue
        for name in imports_of(module):
            top, _dot, _rest = name.partition(".")
            if top == "hmp":
                target = package_of(module_of(name))
                assert target == package or target in MAY_IMPORT[package], (module, name)
            elif top not in sys.stdlib_module_names:
                assert package in THIRD_PARTY[top], (module, name)


def test_no_import_cycle() -> None:
    graph = {
        module: {module_of(name) for name in imports_of(module) if name.startswith("hmp")}
        - {module}
        for module in MODULES
    }
    TopologicalSorter(graph).prepare()  # Raises CycleError and names the modules.


# Modules, or packages with all that is in them, that only some command lines or commands need.
LATE = {
    *("asyncio", "importlib.resources", "json", "logging", "pathlib", "prompt_toolkit"),
    *("pyparsing", "random", "socket", "ssl", "subprocess", "tempfile", "tty"),
    *("hmp.assist", "hmp.connect", "hmp.console", "hmp.json", "hmp.lessons", "hmp.memory_map"),
    *("hmp.qmp", "hmp.cmdline.program.scripts", "hmp.session", "hmp.serve.scripting.extended"),
    "hmp.serve.scripting.values",
    *(
        "hmp.cmdline.accel",
        "hmp.cmdline.machine_properties.cpu_help",
        "hmp.cmdline.inert",
        "hmp.cmdline.readconfig",
    ),
    "hmp.cmdline.machine_properties.boot",
    "hmp.cmdline.machine_properties.kernel",
    "hmp.cmdline.machine_properties.structures",
    *("hmp.commands.hardware.balloon", "hmp.commands.backends.chardevs", "hmp.commands.guest"),
    *("hmp.guest.actions", "hmp.guest.balloon", "hmp.guest.virtio_mem"),
    *("hmp.machine.catalogue", "hmp.machine.chardevs.addresses", "hmp.machine.chardevs.gdb"),
    *(
        "hmp.machine.chardevs.socket_device",
        "hmp.machine.cpus.models",
        "hmp.machine.host.descriptors",
    ),
    *("hmp.machine.devices.dimm", "hmp.machine.devices.inert", "hmp.machine.devices.virtio"),
    *("hmp.machine.guest_dump", "hmp.machine.introspection", "hmp.machine.memory.host"),
    *("hmp.machine.net", "hmp.machine.numa", "hmp.machine.objects", "hmp.machine.qapi"),
    *("hmp.machine.queries", "hmp.machine.host.socket_calls", "hmp.machine.host.sockets"),
    *("hmp.serve.daemon", "hmp.serve.server", "hmp.settings.load"),
}
# What a server with QMP needs of them until a client has asked for something.
OF_QMP = {
    *("asyncio", "json", "logging", "socket", "ssl", "subprocess", "tty"),
    *("hmp.json", "hmp.qmp", "hmp.guest.actions", "hmp.machine.guest_dump"),
    *("hmp.machine.chardevs.addresses", "hmp.machine.chardevs.socket_device"),
    *("hmp.machine.host.descriptors", "hmp.machine.queries", "hmp.machine.host.socket_calls"),
    *("hmp.machine.host.sockets", "hmp.serve.daemon", "hmp.serve.server"),
}
CAPABILITIES, QUIT = '{"execute": "qmp_capabilities"}\n', '{"execute": "quit"}\n'


@pytest.mark.parametrize(
    ("arguments", "text", "late"),
    [
        ([], "info status\nquit\n", LATE),
        (["-qmp", "stdio"], CAPABILITIES + QUIT, LATE - OF_QMP),
    ],
)
def test_what_a_start_leaves_out(arguments: list[str], text: str, late: set[str]) -> None:
    """A script has to start at once: what few need is imported when it is asked for."""
    code = (
        "import sys; from hmp.cli import main; main(); "
        "print(*sys.modules, sep='\\n', file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "-m", "1G", *arguments],
        input=text,
        capture_output=True,
        text=True,
        cwd=ROOT,
        # What measures coverage in subprocesses imports much itself.
        env={name: value for name, value in os.environ.items() if "COVERAGE" not in name},
        check=True,
    )
    loaded = set(done.stderr.split())
    assert "hmp.machine.machine" in loaded
    assert {
        name for name in loaded if any(name == item or name.startswith(f"{item}.") for item in late)
    } == set()
