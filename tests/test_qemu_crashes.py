"""Where QEMU crashes or hangs (docs/differences.md): an error or an answer, a test for each."""

from __future__ import annotations

from pathlib import Path

import pytest

from hmp.monitor import Monitor
from tests.support import backend_mappings, descriptors, run, run_lines, start_monitor

ALIVE = "VM status: running\n"


def test_the_smallest_integer_divided_by_minus_one(monitor: Monitor) -> None:
    assert run_lines(
        monitor,
        "p/d -9223372036854775807-1",
        "p (-9223372036854775807-1)/-1",
        "p (-9223372036854775807-1)%-1",
        "info status",
    ) == (f"-9223372036854775808\n-9223372036854775808\n0\n{ALIVE}")


def test_sizes_near_two_to_the_64(monitor: Monitor) -> None:
    before = backend_mappings(), descriptors()
    for size in (
        "18446744073709551615",
        "18446744073709547520",
        "16777215T",
        "9223372036854775808",
    ):
        for kind in ("ram", "memfd", "shm"):
            assert run_lines(
                monitor, f"object_add memory-backend-{kind},id=m,size={size}"
            ).startswith("Error: ")
    assert (backend_mappings(), descriptors()) == before
    assert run_lines(monitor, "info status") == ALIVE


def test_prealloc_of_a_read_only_mapping(tmp_path: Path, monitor: Monitor) -> None:
    path = tmp_path / "f"
    path.write_bytes(bytes(1 << 20))
    before = backend_mappings(), descriptors()
    reply = run_lines(
        monitor,
        f"object_add memory-backend-file,id=m,size=1M,mem-path={path},readonly=on,prealloc=on",
    )
    assert reply.startswith("Error: qemu_prealloc_mem: preallocating memory failed: ")
    assert (backend_mappings(), descriptors()) == before
    assert run_lines(monitor, "info status") == ALIVE


def test_a_dangling_symbolic_link(tmp_path: Path, monitor: Monitor) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    assert run_lines(
        monitor, f"object_add memory-backend-file,id=m,size=1M,mem-path={tmp_path}/link"
    ) == (f"Error: can't open backing store {tmp_path}/link for guest RAM: File exists\n")
    assert not (tmp_path / "nowhere").exists()


def test_the_list_of_devices() -> None:
    with start_monitor() as monitor:
        listed = run_lines(monitor, "device_add help").splitlines()
    assert [line.removesuffix(" devices:") for line in listed if line.endswith(" devices:")] == [
        "Controller/Bridge/Hub",
        "USB",
        "Storage",
        "Network",
        "Input",
        "Display",
        "Sound",
        "Misc",
        "CPU",
        "Watchdog",
        "Uncategorized",
    ]
    assert 'name "e1000", bus PCI, alias "e1000-82540em"' in listed
    assert 'name "usb-tablet", bus usb-bus' in listed
    # No user can create them.
    assert not [line for line in listed if "i440FX" in line or "no-user" in line]


def test_a_reset_completes_a_pending_unplug_of_virtio_mem() -> None:
    with start_monitor("-S -m 1G,slots=1,maxmem=4G") as monitor:
        run_lines(
            monitor,
            "object_add memory-backend-ram,id=m,size=64M",
            "device_add virtio-mem-pci,id=v,memdev=m",
            "device_del v",
        )
        assert (
            run_lines(monitor, "device_del v")
            == "Error: Device v is already in the process of unplug\n"
        )
        assert run_lines(monitor, "system_reset", "info memory-devices", "object_del m") == ""


def test_dimm_with_realized_off() -> None:
    with start_monitor("-m 1G,slots=1,maxmem=4G") as monitor:
        before = backend_mappings(), descriptors()
        run_lines(
            monitor,
            "object_add memory-backend-ram,id=m,size=64M",
            "device_add pc-dimm,id=d,memdev=m",
        )
        assert run_lines(
            monitor,
            "qom-set d realized off",
            "info memory-devices",
            "device_del d",
            "xp 0x100000000",
        ) == ("100000000: Cannot access memory\n")
        assert (
            run_lines(monitor, "o /w 0xa00 0", "o /b 0xa14 8", "system_reset", "object_del m") == ""
        )
        assert run_lines(monitor, "qom-get d size", "qom-list d").startswith("0\n")
        assert (backend_mappings(), descriptors()) == before


def test_pci_devices_with_realized_off() -> None:
    with start_monitor("-M q35 -m 1G,slots=1,maxmem=4G -device pcie-root-port,id=rp") as monitor:
        run_lines(
            monitor,
            "object_add memory-backend-ram,id=m,size=64M",
            "device_add virtio-mem-pci,id=v,memdev=m,bus=rp",
        )
        assert (
            run_lines(
                monitor,
                "qom-set v realized off",
                "info memory-devices",
                "device_del v",
                "system_reset",
            )
            == ""
        )
        assert (
            run_lines(
                monitor,
                "device_add virtio-mem-pci,id=w,memdev=m,bus=rp",
                "qom-set /machine/peripheral/rp realized off",
                "info memory-devices",
                "object_del m",
            )
            == ""
        )


def test_a_negative_size_in_json_at_startup() -> None:
    done = run("", "-object", '{"qom-type":"memory-backend-ram","id":"m","size":-1}')
    assert done.returncode == 1
    assert "Traceback" not in done.stderr and "cannot set up guest memory 'm'" in done.stderr


def test_almost_no_memory_below_4_gib() -> None:
    done = run("info memory_size_summary\n", "-M", "pc,max-ram-below-4g=1", "-m", "1G")
    assert "base memory: 1073741824\n" in done.stdout


def test_deep_nesting(monitor: Monitor) -> None:
    assert run_lines(monitor, f"p {'(' * 5000}1{')' * 5000}") == (
        'expression nested too deeply\nTry "help p" for more information\n'
    )
    assert (
        run_lines(monitor, f"p {'(' * 30}1{')' * 30}", f"p {'-' * 5001}1")
        == "0x1\n0xffffffffffffffff\n"
    )
    assert (
        run_lines(monitor, "object_add " + '{"a":' * 1100)
        == "Error: JSON nesting depth limit exceeded\n"
    )
    assert (
        run_lines(monitor, f'object_add {{"a":{"[" * 1022}{"]" * 1022}}}')
        == "Error: Parameter 'qom-type' is missing\n"
    )
    assert run_lines(monitor, "info status") == ALIVE


def test_internal_error_does_not_end_front_end(
    monkeypatch: pytest.MonkeyPatch, monitor: Monitor
) -> None:

    def broken(*arguments: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("hmp.monitor.parse_line", broken)
    reply = monitor.execute("info status")
    assert reply.failed and reply.text.startswith("hmp: internal error: RuntimeError('a bug')")


def test_string_for_a_structured_machine_property(monitor: Monitor) -> None:
    before = run_lines(monitor, "qom-get /machine memory")
    assert run_lines(monitor, "qom-set /machine memory x", "qom-set -j /machine memory [0]") == (
        "Error: Invalid parameter type for 'memory', expected: object\n" * 2
    )
    assert run_lines(monitor, 'qom-set -j /machine memory {"size":1}') == (
        "Error: Parameter 'memory' can't be changed any more\n"
    )
    assert run_lines(monitor, "qom-get /machine memory") == before
