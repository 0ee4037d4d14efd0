"""Sets the properties of -machine (docs/qemu-behaviour/startup.md §8)."""

from __future__ import annotations

from hmp.cmdline.configuration import Configuration
from hmp.cmdline.errors import StartupError
from hmp.errors import InputError, ParameterError, ParameterTypeError
from hmp.machine.boards.cxl import check_cxl
from hmp.machine.boards.properties import MIN_LOW_MEMORY, MachineObject, PcMachineObject
from hmp.machine.machine import Machine
from hmp.machine.qom.object import PropertyNotFoundError
from hmp.machine.qom.property import Link, Structure
from hmp.machine.qom.visitors import KeyvalVisitor
from hmp.units import MIB

# Keys of -machine that earlier stages check (docs/qemu-behaviour/startup.md §3, stages 2 and 3).
# Those of the accelerator have no effect without KVM (experiment: `-M pc,kernel_irqchip=x`).
CHECKED_EARLIER = (
    *("type", "memory", "accel", "kernel-irqchip", "kvm-shadow-mem", "igd-passthru"),
)
# Properties that exist once the board does.
OF_THE_BOARD = ("smram", "acpi-device", "rtc-time")
# Guests whose memory can't be mapped at all.
PRIVATE_MEMORY = ("sev-snp-guest", "tdx-guest")
LISTS = ("smp-cache", "sgx-epc", "cxl-fmw")
MAX_FIRMWARE_BYTES = 16 * MIB


def check_kernel_options(machine: dict[str, object]) -> None:
    """Raise the error of options that need a -kernel, whatever the machine."""
    if "kernel" not in machine:
        for name in ("append", "initrd", "shim"):
            if name in machine:
                raise StartupError(f"-{name} only allowed with -kernel option")


def set_machine_properties(configuration: Configuration, machine: Machine) -> None:
    """Set what -machine gives, except what needs objects; HmpError for the first that is wrong."""
    for key, raw in configuration.machine.items():
        if key not in CHECKED_EARLIER:
            _set(machine, machine.machine_object, key, raw)
    if "max-ram-below-4g" in configuration.machine:
        _warn_of_little_low_memory(machine)
    target = machine.machine_object
    if isinstance(target, PcMachineObject) and target.vmport == "auto":
        target.vmport = "on"
    _check_audio(configuration, target)
    _check_encryption(configuration, machine)


def _set(machine: Machine, target: MachineObject, key: str, raw: object) -> None:
    # Structures and links (smp, memory-backend) are applied elsewhere, and only their form is
    # checked here.
    item = target.property(key)
    if key in OF_THE_BOARD:
        raise PropertyNotFoundError(target.type_name, key)
    if item is not None and key in LISTS:
        from hmp.cmdline.machine_properties.structures import set_structures

        set_structures(machine, key, raw)
    elif item is not None and isinstance(item.type, Structure):
        if not isinstance(raw, dict):
            raise ParameterTypeError(key, "object")
        if key == "boot":
            from hmp.cmdline.machine_properties.boot import set_boot

            set_boot(target, raw)
    elif item is not None and isinstance(item.type, Link) and key == "memory-backend":
        KeyvalVisitor().text(key, raw)
    else:
        from hmp.machine.devices.plug import set_property

        set_property(machine, target, key, raw, KeyvalVisitor())
        _check_value(key, target)


def _check_value(key: str, target: MachineObject) -> None:
    """Raise the error of a value that fits the type and not the property."""
    value = target.get(key)
    if key in ("x-oem-id", "x-oem-table-id"):
        limit = 6 if key == "x-oem-id" else 8
        if len(str(value)) > limit:
            raise ParameterError(
                key, f"User specified {key} value is bigger than {limit} bytes in size"
            )
    elif key == "max-fw-size" and isinstance(value, int) and value > MAX_FIRMWARE_BYTES:
        raise ParameterError(
            key,
            f"User specified max allowed firmware size {value} is greater than 16MiB. If combined "
            "firmware size exceeds 16MiB the system may not boot, or experience intermittent"
            "stability issues.",
        )


def _warn_of_little_low_memory(machine: Machine) -> None:
    assert isinstance(machine.machine_object, PcMachineObject)
    low = machine.machine_object.chosen_max_ram_below_4g
    if low < MIN_LOW_MEMORY:
        machine.warn(
            f"Only {low} bytes of RAM below the 4GiB boundary,BIOS may not work with less than 1MiB"
        )


def _check_audio(configuration: Configuration, target: MachineObject) -> None:
    wanted = configuration.machine.get("pcspk-audiodev")
    if wanted is not None and wanted not in configuration.audiodevs:
        raise InputError(f"audiodev '{wanted}' not found")


def _check_encryption(configuration: Configuration, machine: Machine) -> None:
    """Warn of memory-encryption, and raise the error that follows: nothing here can encrypt."""
    target = machine.machine_object
    if "memory-encryption" not in configuration.machine:
        return
    wanted = target.memory_encryption
    machine.warn("memory-encryption is deprecated, use confidential-guest-support instead")
    if wanted not in machine.objects.children:
        raise InputError(f"No such memory encryption object '{wanted}'")
    from hmp.machine.devices.plug import set_property

    item = target.property("confidential-guest-support")
    assert item is not None
    set_property(machine, target, item.name, f"/objects/{wanted}", KeyvalVisitor())


def check_board(configuration: Configuration, machine: Machine) -> None:
    """Check what the board needs of its properties once its memory is made."""
    given = configuration.machine
    if machine.flash:
        from hmp.machine.boards.flash import make_flash

        make_flash(machine)
    if machine.board.root_bus and "sgx-epc" in given:
        from hmp.cmdline.machine_properties.structures import check_enclaves

        check_enclaves(machine)
    if "firmware" in given and machine.board.has_cpus and not machine.flash:
        from hmp.cmdline.machine_properties.kernel import check_firmware

        check_firmware(str(given["firmware"]), configuration.data_folders)
    machine.parts.make_firmware_configuration()
    if "kernel" in given:
        from hmp.cmdline.machine_properties.kernel import check_kernel

        check_kernel(given, machine.board.name)
    if "boot" in given and machine.board.name != "none":
        from hmp.cmdline.machine_properties.boot import check_boot_of_firmware

        check_boot_of_firmware(machine.machine_object, configuration.warn)


def _check_confidential(machine: Machine) -> None:
    """Raise the error of a guest that hides its memory, without KVM."""
    guest = machine.machine_object.confidential_guest_support
    if guest is None or machine.accelerator.is_kvm:
        return
    if guest.type_name in PRIVATE_MEMORY:
        raise InputError(f"cannot set up private guest memory for {guest.type_name}: KVM required")
    raise InputError(f"accelerator does not support confidential guest {guest.type_name}")


def check_complete(configuration: Configuration, machine: Machine) -> None:
    """Check what is looked up when all devices are there."""
    given = configuration.machine
    check_cxl(machine)
    _check_confidential(machine)
    boot = given.get("boot")
    if isinstance(boot, dict) and "once" in boot and machine.board.name in ("microvm", "none"):
        raise InputError("no function defined to set boot device list for this architecture")
    if "dumpdtb" in given:
        if machine.board.name == "microvm":
            raise InputError("the device tree of microvm is not made here")
        raise InputError(
            "This machine doesn't have an FDT",
            "(Perhaps it doesn't support FDT at all, or perhaps you need to provide an FDT with "
            "the -fdt option?)",
        )
