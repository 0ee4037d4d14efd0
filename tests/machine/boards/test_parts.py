"""Parts of a board that -global sets properties of; QEMU's answers are in the recordings."""

from __future__ import annotations

import pytest

from hmp.cmdline.errors import StartupError
from hmp.machine.boards.parts import network_models
from hmp.testing import machine


def test_no_global_looks_at_no_part() -> None:
    with machine("-m 256M") as double:
        assert double.machine.parts.value("PIIX4_PM", "disable_s3") is None


def test_only_what_was_set_is_a_value() -> None:
    with machine("-m 256M -global PIIX4_PM.disable_s3=1 -global hpet.timers=4") as double:
        parts = double.machine.parts
        assert parts.value("PIIX4_PM", "disable_s3") == 1
        assert parts.value("PIIX4_PM", "disable_s4") is None
        assert parts.value("PIIX4_PM", "nothing") is None
        assert "    timers = 4 (0x4)\n" in double.execute("info qtree")


def test_a_part_that_the_machine_leaves_out_is_not_checked() -> None:
    with machine("-M pc,hpet=off -global hpet.nothing=1"):
        pass
    with pytest.raises(StartupError), machine("-global hpet.nothing=1"):
        pass


def test_every_pci_network_card_is_a_model() -> None:
    models = network_models()
    assert {"e1000", "igb", "virtio-net-pci"} <= set(models)
    assert not {"ne2k_isa", "usb-net", "virtio-net-device"} & set(models)


def test_hole_of_the_host_bridge_counts_for_the_address_limit() -> None:
    options = "-global i440FX-pcihost.pci-hole64-size={} -m 1G,slots=1,maxmem=600G"
    with machine(options.format("2G")):
        pass
    with pytest.raises(StartupError, match="Address space limit"), machine(options.format("512G")):
        pass


def test_cpu_option_comes_after_global() -> None:
    options = "-global x86_64-cpu.phys-bits=46 -m 256M"
    with machine(options) as double:
        assert double.machine.cpu.phys_bits == 46
    with machine(f"{options} -cpu qemu64,phys-bits=42 -smp 1,sockets=2,maxcpus=2") as double:
        assert double.machine.cpu.phys_bits == 42
        double.execute("device_add qemu64-x86_64-cpu,id=c1,socket-id=1,core-id=0,thread-id=0")
        assert double.execute("qom-get c1 phys-bits") == "42\n"
