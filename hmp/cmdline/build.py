"""Builds the machine that a configuration describes; the checks are in QEMU's order
(docs/qemu-behaviour/startup.md §3).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hmp.cmdline.board import Plan, make_board
from hmp.cmdline.configuration import Configuration, DefaultChardevs, Stage
from hmp.cmdline.errors import EarlyExit, StartupError, option_context
from hmp.cmdline.machine_properties.apply import (
    check_kernel_options,
    set_machine_properties,
)
from hmp.cmdline.machine_properties.memory import merge_memory, parse_memory_config
from hmp.cmdline.machine_properties.smp import set_cpus
from hmp.cmdline.onboard import request_onboard
from hmp.errors import (
    HmpError,
    InputError,
    ParameterError,
    StateError,
)
from hmp.grammar.opts import HELP_WORDS
from hmp.machine.backends.base import MemoryBackend
from hmp.machine.backends.create import LATE_TYPES, create_object
from hmp.machine.boards.parts import MIGRATION
from hmp.machine.boards.types import NOT_HERE, find_board
from hmp.machine.cpus.cpu import ANCESTORS, TYPE_SUFFIX
from hmp.machine.machine import Machine
from hmp.machine.qom.object import resolve

if TYPE_CHECKING:
    from hmp.machine.cpus.options import CpuOptions
    from hmp.machine.numa.configuration import NumaConfiguration
    from hmp.machine.preconfig import Preconfig


class BackendNotFoundError(StateError):
    """The path of -machine memory-backend= leads to no memory backend."""

    parameter = "memory-backend"

    def __init__(self, path: str) -> None:
        super().__init__(f"Memory backend '{path}' not found")
        self.path = path


def build_machine(configuration: Configuration) -> Machine:
    """Build the machine, with its devices plugged, but not running.

    Raises:
        StartupError: The first check that fails; everything is unmapped again.
    """
    if configuration.incoming and configuration.loads_snapshot:
        raise StartupError("'incoming' and 'loadvm' options are mutually exclusive")
    check_kernel_options(configuration.machine)
    if configuration.actions:
        from hmp.cmdline.program.action import check_actions

        check_actions(configuration)
    configuration.run_checks(Stage.PARSED)
    if (configuration.log_items, configuration.log_file, configuration.trace_file) != (None,) * 3:
        from hmp.cmdline.inert.trace import start_log

        start_log(configuration)
    _answer_help(configuration)
    configuration.run_checks(Stage.LOGGED)
    # Stages 2 and 3 (docs/qemu-behaviour/startup.md §3); the others need the machine.
    memory = _merge_memory_options(configuration)
    machine = _create_machine(configuration)
    machine.emit_stderr = configuration.warn
    machine.emit_output = configuration.warn
    try:
        with option_context():
            _build(configuration, machine, memory)
    except BaseException as error:
        if isinstance(error, StartupError):
            configuration.report_error(error)
        # Ctrl-C during a preallocation leaves no memory mapped, either.
        machine.close()
        raise
    return machine


def _answer_help(configuration: Configuration) -> None:
    """Raise EarlyExit for `-cpu help` and the first help of -device, which come before the machine
    type is looked at.
    """
    if configuration.cpu in HELP_WORDS:
        from hmp.cmdline.machine_properties.cpu_help import cpu_help

        raise EarlyExit(cpu_help())
    if configuration.device_help is not None:
        location, driver = configuration.device_help
        _show_device_help(driver, configuration.located_warning(location))


def _show_device_help(driver: str, tell: Callable[..., None]) -> None:
    from hmp.commands import type_help

    try:
        text = type_help.device_help(driver)
    except HmpError as error:
        tell(error.message)
        # QEMU ends with 0, although it prints an error (docs/qemu-behaviour/startup.md §12).
        raise EarlyExit("") from None
    raise EarlyExit(text)


def _build(configuration: Configuration, machine: Machine, memory: dict[str, object]) -> None:
    machine.parts.make_machine()
    _create_objects(configuration, machine, late=False)
    configuration.run_checks(Stage.OBJECTS)
    defaults = configuration.default_chardevs(machine.board.name != "none")
    _open_character_devices(configuration, machine, defaults)
    configuration.run_checks(Stage.OPTIONS)
    if configuration.drives is not None:
        configuration.drives.create(machine, configuration)
    _check_memory_path(configuration)
    set_cpus(machine, configuration.machine.get("smp", {}))
    _check_persistence(configuration, machine)
    memory_config, size_given = parse_memory_config(memory)
    set_machine_properties(configuration, machine)
    _choose_accelerator(configuration, machine)
    configuration.run_checks(Stage.MACHINE)
    # QEMU's own tests start every machine type, and are told neither this nor of CPUs and networks
    # that are not connected (docs/qemu-behaviour/qtest.md §1).
    if machine.board.deprecated and machine.accelerator.runs_cpus:
        configuration.warn(
            f"warning: Machine type '{machine.board.name}' is deprecated: machines more than 3 "
            "years old are subject to deletion after 6 years"
        )
    if configuration.qtest is not None:
        from hmp.cmdline.qtest import start_qtest

        start_qtest(configuration, machine, configuration.qtest)
    if configuration.netdevs is not None:
        configuration.netdevs.create(machine, configuration)
    _create_objects(configuration, machine, late=True)
    configuration.run_checks(Stage.BACKENDS)
    machine.parts.make(MIGRATION)
    configuration.character_devices.start_monitors(machine, bool(defaults.monitor))
    if machine.chardevs.stdio:
        configuration.stdio_user = machine.chardevs.stdio.front_end
    configuration.ports.open(machine, configuration.character_devices, defaults.ports)
    cpu_options = _parse_cpu_options(configuration, machine)
    main_backend = _find_main_backend(configuration, machine)
    numa = _parse_numa(configuration, machine)
    plan = Plan(cpu_options, memory_config, size_given, main_backend)
    if configuration.preconfig:
        machine.preconfig = _wait_for_nodes(configuration, machine, plan, numa)
    else:
        make_board(configuration, machine, plan, numa)


def _wait_for_nodes(
    configuration: Configuration,
    machine: Machine,
    plan: Plan,
    numa: NumaConfiguration | None,
) -> Preconfig:
    """Return what the machine waits for; what is known of it is shown meanwhile."""
    from hmp.machine.preconfig import Preconfig

    if plan.cpu_options:
        machine.cpu = machine.cpu.replace(model=plan.cpu_options.model.name)
    machine.machine_object.set_memory(*plan.memory_config)
    if plan.main_backend:
        plan.main_backend.user = "machine"
    if configuration.incoming:
        machine.run_state.expect_migration()
    return Preconfig(machine, numa, lambda nodes: _finish(configuration, machine, plan, nodes))


def _finish(
    configuration: Configuration,
    machine: Machine,
    plan: Plan,
    numa: NumaConfiguration | None,
) -> None:
    """Make the board when --preconfig is left, and run the machine.

    Warnings and errors go to the monitor that asked for it.

    Raises:
        MachineFailedError: The first check that fails.
    """
    from hmp.machine.preconfig import MachineFailedError

    to_monitor = machine.emit_output
    configuration.warn = lambda *lines: to_monitor("\n".join(lines))
    try:
        with option_context():
            make_board(configuration, machine, plan, numa)
    except StartupError as error:
        raise MachineFailedError(*error.lines) from None
    if not configuration.stopped:
        machine.run_state.start()


def _check_memory_path(configuration: Configuration) -> None:
    """Raise the error of stage 7b."""
    if configuration.memory_path is not None and "memory-backend" in configuration.machine:
        raise InputError("'-mem-path' can't be used together with'-machine memory-backend'")


def _check_persistence(configuration: Configuration, machine: Machine) -> None:
    persistence = configuration.machine.get("nvdimm-persistence", "cpu")
    if persistence not in ("cpu", "mem-ctrl") and machine.machine_object.property(
        "nvdimm-persistence"
    ):
        raise ParameterError(
            "nvdimm-persistence", f"-machine nvdimm-persistence={persistence}: unsupported option"
        )


def _parse_numa(configuration: Configuration, machine: Machine) -> NumaConfiguration | None:
    """Return the nodes that -numa describes, None without any."""
    if not configuration.numa:
        return None
    from hmp.cmdline.numa import parse_numa
    from hmp.machine.numa.configuration import NumaConfiguration

    numa = NumaConfiguration(machine)
    for location, text in configuration.numa:
        with option_context(location):
            numa.add(parse_numa(text), configuration.located_warning(location))
    return numa


def _merge_memory_options(configuration: Configuration) -> dict[str, object]:
    memory = configuration.machine.get("memory", {})
    if not isinstance(memory, dict):
        with option_context(configuration.memory_location):
            raise ParameterError("memory", "Parameter 'memory' used inconsistently")
    return merge_memory(memory, configuration.memory)


def _create_machine(configuration: Configuration) -> Machine:
    name = str(configuration.machine.get("type", "pc"))
    board = find_board(name)
    if name in NOT_HERE:
        raise StartupError(f"hmp does not make the machine type '{name}': {NOT_HERE[name]}")
    if board is None:
        raise StartupError(
            f'unsupported machine type: "{name}"', "Use -machine help to list supported machines"
        )
    machine = Machine(board, configuration.name, configuration.uuid)
    machine.mem_prealloc = configuration.mem_prealloc
    if configuration.guest_policy:
        machine.guest.policy = configuration.guest_policy
    machine.run_state.shutdown_actions = configuration.shutdown_actions
    machine.globals = configuration.globals
    machine.parts.preset_values = configuration.preset_values
    if configuration.log:
        machine.log = configuration.log
    machine.inert_options = configuration.inert
    machine.other_backends = configuration.identifiers
    machine.vnc_displays = configuration.vnc_displays
    machine.display_options = configuration.display_options
    machine.audiodevs = configuration.audiodevs
    machine.default_audiodev = configuration.audiodev_of_cards
    machine.shared_folders = configuration.shared_folders
    request_onboard(configuration, machine)
    return machine


def _create_objects(configuration: Configuration, machine: Machine, late: bool) -> None:
    """Create the objects of stage 5, or the late ones of stage 11."""
    for request in configuration.objects:
        if request.qom_type.startswith(LATE_TYPES) == late:
            create_object(machine, request)


def _choose_accelerator(configuration: Configuration, machine: Machine) -> None:
    options = configuration.machine
    if configuration.accelerators or "accel" in options:
        from hmp.cmdline.machine_properties.accel import choose_accelerator

        machine.accelerator = choose_accelerator(machine, configuration.accelerators, options)
        if not machine.accelerator.runs_cpus:
            from hmp.machine.qtest.clock import use_virtual_clock

            use_virtual_clock(machine)


def _parse_cpu_options(configuration: Configuration, machine: Machine) -> CpuOptions | None:
    """Return what -cpu asks for, None when there is none and no -global is for CPUs."""
    text, default = configuration.cpu, machine.board.cpu_model
    types = (default + TYPE_SUFFIX, *ANCESTORS)
    if text is None and machine.has_cpu and any(machine.globals.of_types(types)):
        text = default
    if text is None:
        return None
    from hmp.machine.cpus.options import parse_cpu_options

    return parse_cpu_options(text, machine.board, machine.warn)


def _open_character_devices(
    configuration: Configuration, machine: Machine, defaults: DefaultChardevs
) -> None:
    """Open the character devices, and take the descriptors (stage 6)."""
    if configuration.program.daemonize and configuration.ports.without_graphics and any(defaults):
        raise InputError("-nographic cannot be used with -daemonize")
    for added in configuration.descriptors:
        machine.descriptors.add(added.descriptor, added.number, added.opaque)
    chardevs = machine.chardevs
    chardevs.in_background = configuration.program.daemonize
    chardevs.escape_character = configuration.escape_character
    chardevs.announce = lambda line: configuration.to_stdout(f"{line}\n")
    configuration.character_devices.open(machine, defaults.monitor)


def _find_main_backend(configuration: Configuration, machine: Machine) -> MemoryBackend | None:
    path = configuration.machine.get("memory-backend")
    if path is None:
        return None
    found, _ambiguous = resolve(machine.root, str(path))
    if not isinstance(found, MemoryBackend):
        raise BackendNotFoundError(str(path))
    return found
