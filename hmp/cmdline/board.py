"""The second half of building a machine: its memory, its nodes, its board and its devices
(docs/qemu-behaviour/startup.md §3, stages 17 and on). With --preconfig it comes later.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hmp.cmdline.configuration import Configuration, Stage
from hmp.cmdline.errors import StartupError, option_context
from hmp.cmdline.machine_properties.apply import (
    check_board,
    check_complete,
)
from hmp.cmdline.onboard import make_requested
from hmp.errors import (
    HostCallError,
    InputError,
    StateError,
    StderrLine,
)
from hmp.grammar.opts import parse_opts
from hmp.machine.backends.base import MemoryBackend, RamBackend
from hmp.machine.backends.create import apply_machine_defaults
from hmp.machine.boards.ram import warn_of_split
from hmp.machine.cpus import topology
from hmp.machine.cpus.cpu import TYPE_SUFFIX
from hmp.machine.cpus.topology import check_apic_ids, warn_of_threads
from hmp.machine.machine import Machine
from hmp.machine.memory.config import MemoryConfig, NumaNode
from hmp.machine.memory.layout import PC
from hmp.machine.migration.incoming import DEFER
from hmp.machine.qom.visitors import KeyvalVisitor, QObjectVisitor
from hmp.record import Record

if TYPE_CHECKING:
    from hmp.machine.cpus.options import CpuOptions
    from hmp.machine.numa.configuration import NumaConfiguration

# The models that QEMU does not warn of on isapc (experiment: every model).
ISAPC_CPUS = ("486", "athlon", "kvm32", "pentium", "pentium2", "pentium3", "qemu32")


class ReservedIdError(StateError):
    """An object has the id of the backend that the machine creates for its own RAM."""

    parameter = "id"

    def __init__(self, identifier: str) -> None:
        super().__init__(
            f"object's id '{identifier}' is reserved for the default RAM backend, it can't be used "
            "for any other purposes",
            "Change the object's 'id' to something else or disable automatic creation of the "
            f"default RAM backend by setting 'memory-backend={identifier}' with '-machine'.",
        )
        self.identifier = identifier


class TooMuchMemoryError(StateError):
    """More RAM than the machine can have; `ram` and `limit` are in bytes."""

    def __init__(self, ram: int, limit: int) -> None:
        super().__init__(
            f"Too much memory for this machine: {ram >> 20} MiB, maximum {limit >> 20} MiB"
        )
        self.ram, self.limit = ram, limit


class Plan(Record):
    """What the first half found: what -cpu asks for, sizes, whether -m gave one, and the backend
    of -machine memory-backend=.
    """

    cpu_options: CpuOptions | None
    memory_config: MemoryConfig
    size_given: bool
    main_backend: MemoryBackend | None


def make_board(
    configuration: Configuration, machine: Machine, plan: Plan, numa: NumaConfiguration | None
) -> None:
    """Make the memory and the devices; HmpError or StartupError for the first check that fails."""
    memory_config, main_backend = plan.memory_config, plan.main_backend
    node_backends = numa.backends if numa else []
    if machine.board.name == "none" and not plan.size_given:
        # Machine none has RAM only on request (docs/qemu-behaviour/startup.md §7).
        memory_config = MemoryConfig(0, 0, 0)
    if main_backend is not None:
        memory_config = _sizes_of_backend(memory_config, main_backend, plan.size_given)
        backends = [main_backend]
    else:
        backends = node_backends or _create_main_backend(configuration, machine, memory_config)
    if numa:
        numa.check_totals(memory_config.size, main_backend is not None)
        _place_cpus(configuration, machine, numa)
    _warn_of_cpu_type(machine, plan.cpu_options)
    _check_memory_size(machine, memory_config)
    warn_of_split(machine, memory_config.size)
    machine.parts.make_before_cpus()
    _make_cpus(machine, plan.cpu_options)
    machine.parts.make_after_cpus()
    _check_hotplug(machine, memory_config)
    configuration.run_checks(Stage.BOARD)
    machine.set_up(memory_config, backends)
    check_board(configuration, machine)
    # With -numa memdev= the property is empty (docs/qemu-behaviour/startup.md §10).
    machine.machine_object.memory_backend = backends[0] if backends and not node_backends else None
    _make_node_of_all(machine)
    _lock_memory(configuration, machine)
    make_requested(configuration, machine)
    _plug_devices(configuration, machine)
    configuration.ports.plug_debugcon(machine)
    configuration.run_checks(Stage.DEVICES)
    _check_globals(configuration, machine)
    check_complete(configuration, machine)
    configuration.run_checks(Stage.END)
    configuration.ports.start_debuggers(machine)
    _expect_migration(configuration, machine)
    # From here on a descriptor is one by name, and QMP returns the path of a terminal.
    machine.chardevs.takes_inherited = False
    machine.chardevs.announce = lambda line: None


def _check_globals(configuration: Configuration, machine: Machine) -> None:
    """Warn of each -global of what is no type of devices, or of one that no device is of, and that
    can't be plugged later.
    """
    if not machine.globals:
        return
    from hmp.machine.catalogue.records import find_type, lineage

    for item in machine.globals.items:
        record, name = find_type(item.driver), f"{item.driver}.{item.name}"
        if machine.globals.is_used(item):
            continue
        is_device = any(kind.name == "device" for kind in lineage(item.driver))
        # The types of a module are known once there is one.
        if record is None or record.in_module or not is_device:
            configuration.warn(f"warning: global {name} has invalid class name")
        elif record.cold_only:
            configuration.warn(f"warning: global {name}={item.value} not used")


def _expect_migration(configuration: Configuration, machine: Machine) -> None:
    """Do what -incoming and -loadvm ask for, when all else is there."""
    if configuration.loads_snapshot:
        raise InputError("no block device can store vmstate for snapshot")
    if configuration.incoming:
        location, uri = configuration.incoming
        machine.run_state.expect_migration()
        machine.migration.expected = True
        if uri != DEFER:
            with option_context(location):
                machine.migration.start(uri)


def _warn_of_cpu_type(machine: Machine, options: CpuOptions | None) -> None:
    """Warn of a CPU that was not made yet when boards were like isapc."""
    if options and machine.board.name == "isapc" and options.model.name not in ISAPC_CPUS:
        machine.warn(f"cpu type {options.model.name}{TYPE_SUFFIX} is deprecated for isapc machine")


def _check_memory_size(machine: Machine, memory_config: MemoryConfig) -> None:
    """Raise TooMuchMemoryError for what isapc, a board without PCI, can't have."""
    if machine.board.name == "isapc" and memory_config.size > PC.split:
        raise TooMuchMemoryError(memory_config.size, PC.split)


def _check_hotplug(machine: Machine, memory_config: MemoryConfig) -> None:
    """Raise StateError for maxmem on isapc."""
    if machine.board.name == "isapc" and memory_config.maxmem > memory_config.size:
        raise StateError("\"-memory 'slots|maxmem'\" is not supported by: isapc")


def _make_cpus(machine: Machine, options: CpuOptions | None) -> None:
    """Give the machine the CPUs that -cpu asks for, or check its default ones."""
    if options is None:
        vendor = machine.accelerator.vendor(machine.cpu.vendor)
        machine.cpu = machine.cpu.replace(vendor=vendor)
        warn_of_threads(machine, machine.cpu)
        check_apic_ids(machine, machine.cpu)
        return
    from hmp.machine.cpus.factory import CpuFactory

    machine.cpu_options = options
    machine.cpu = CpuFactory(machine, options).make()


def _sizes_of_backend(
    memory_config: MemoryConfig, main: MemoryBackend, size_given: bool
) -> MemoryConfig:
    if size_given and memory_config.size != main.size:
        raise StateError("Machine memory size does not match the size of the memory backend")
    # A backend larger than maxmem is no error: there is no room for devices then
    # (docs/qemu-behaviour/startup.md §8).
    return memory_config.replace(size=main.size)


def _create_main_backend(
    configuration: Configuration, machine: Machine, memory_config: MemoryConfig
) -> list[MemoryBackend]:
    """Create the backend of the machine's own RAM: pc.ram (`ram` on machine none)."""
    name = machine.board.default_ram_id
    if name in machine.objects.children:
        raise ReservedIdError(name)
    if not memory_config.size:
        return []
    backend: MemoryBackend
    if configuration.memory_path is not None:
        from hmp.machine.backends.file import FileBackend

        backend = FileBackend(machine.emit_stderr, machine.warn)
        backend.mem_path = configuration.memory_path
    else:
        backend = RamBackend(machine.emit_stderr, machine.warn)
    apply_machine_defaults(machine, backend)
    backend.size = memory_config.size
    # Before `complete`, which puts the name into messages and into that of a temporary file.
    machine.objects.add(name, backend)
    backend.complete()
    return [backend]


def _place_cpus(configuration: Configuration, machine: Machine, numa: NumaConfiguration) -> None:
    """Give the machine its nodes with all possible CPUs; warn if options placed only some."""
    unplaced = numa.place_the_rest()
    if unplaced and machine.accelerator.runs_cpus:
        listed = ", ".join(
            f"CPU {index} [{topology.describe(numa.places[index])}]" for index in unplaced
        )
        configuration.warn(f"warning: CPU(s) not present in any NUMA nodes: {listed}")
        configuration.warn(
            "warning: All CPU(s) up to maxcpus should be described in NUMA config, ability to "
            "start up with partial NUMA mappings is obsoleted and will be removed in future"
        )
    machine.numa_nodes = numa.finished_nodes()


def _make_node_of_all(machine: Machine) -> None:
    """Make one node of all where memory can be plugged and no option made any
    (docs/qemu-behaviour/startup.md §10).
    """
    hotplug = machine.board.chipset is not None and (
        machine.memory_config.slots or machine.layout.region_length
    )
    if not machine.numa_nodes and hotplug:
        everything = tuple(range(len(topology.all_places(machine.topology))))
        machine.numa_nodes = [NumaNode(everything, machine.memory_config.size)]


def _lock_memory(configuration: Configuration, machine: Machine) -> None:
    """Lock what is mapped, and what will be, if -overcommit mem-lock= asks for it (stage 19b)."""
    try:
        if configuration.memory_lock != "off":
            machine.lock_memory(on_fault=configuration.memory_lock == "on-fault")
    except HostCallError as error:
        raise StartupError(
            f"mlockall: {os.strerror(error.errno)}",
            StderrLine("locking memory failed", prefixed=True),
        ) from None


def _plug_devices(configuration: Configuration, machine: Machine) -> None:
    """Plug the key=value devices in line order, then those in JSON (stage 20)."""
    if not configuration.devices:
        return
    from hmp.machine.devices.plug import create_device
    from hmp.machine.devices.request import request_from_members, request_from_opts

    for location, given in configuration.devices:
        if isinstance(given, str):
            with option_context(location), _warnings_at(location, configuration, machine):
                request = request_from_opts(parse_opts(given, "driver"))
                create_device(machine, request, KeyvalVisitor(), hotplugged=False)
    for location, given in configuration.devices:
        if isinstance(given, dict):
            with option_context(location), _warnings_at(location, configuration, machine):
                request = request_from_members(given)
                create_device(machine, request, QObjectVisitor(), hotplugged=False)


@contextmanager
def _warnings_at(location: str, configuration: Configuration, machine: Machine) -> Iterator[None]:
    """Let warnings begin with the option at a location, as typed."""
    before = machine.emit_output
    machine.emit_output = configuration.located_warning(location)
    try:
        yield
    finally:
        machine.emit_output = before
