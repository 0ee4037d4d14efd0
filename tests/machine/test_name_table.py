"""The order of names is that of QEMU's lists (recorded: info chardev)."""

from __future__ import annotations

from hmp.machine.qom.name_table import NameTable


def order(*names: str) -> list[str]:
    table = NameTable()
    for name in names:
        table.remove(name[1:]) if name.startswith("-") else table.add(name)
    return list(reversed(list(table)))


def test_order_as_recorded() -> None:
    assert order("compat_monitor0", "serial0", "parallel0") == [
        "parallel0",
        "compat_monitor0",
        "serial0",
    ]
    serials = [f"serial{number}" for number in range(5)]
    assert order("compat_monitor0", *serials, "parallel0") == [
        "parallel0",
        "serial3",
        "serial1",
        "serial4",
        "serial2",
        "compat_monitor0",
        "serial0",
    ]


def test_removed_names_leave_room() -> None:
    names = [f"n{number}" for number in range(50)]
    assert order(*names, *(f"-{name}" for name in names[1:])) == ["n0"]
    assert sorted(order("a", "-a", "b", "a")) == ["a", "b"]
