"""-machine help and -machine TYPE,help, in QEMU's form and order."""

from __future__ import annotations

import pytest

from hmp.cmdline.errors import EarlyExit
from hmp.cmdline.factory import create_machine


def printed(arguments: str) -> str:
    with pytest.raises(EarlyExit) as found:
        create_machine(arguments, lambda *lines: None)
    assert found.value.status == 0
    return found.value.text


def test_the_types_in_the_order_of_qemu() -> None:
    head, *lines = printed("-M help").splitlines()
    versions = "9.2 9.1 9.0 8.2 8.1 8.0 7.2 7.1 7.0 6.2 6.1 6.0 5.2 - 11.1 11.0 10.2 10.1 10.0"
    expected = [
        "microvm",
        *(f"pc-i440fx-{version}".replace("pc-i440fx--", "pc") for version in versions.split()),
        *(f"pc-q35-{version}".replace("pc-q35--", "q35") for version in versions.split()),
        *("isapc", "nitro", "none", "x-remote"),
    ]
    assert head == "Supported machines are:"
    assert [line[:20].rstrip() for line in lines] == expected
    notes = {line.split()[0]: line.rpartition(" (")[2].rstrip(")") for line in lines}
    assert notes["pc"] == "alias of pc-i440fx-11.1"
    assert (notes["pc-i440fx-11.1"], notes["pc-q35-8.1"]) == ("default", "deprecated")


@pytest.mark.parametrize("arguments", ["-M q35,help", "-M q35,?", "-M q35 -M help"])
def test_the_properties_of_a_type(arguments: str) -> None:
    head, *lines = printed(arguments).splitlines()
    assert head == "pc-q35-11.1-machine options:"
    assert lines[0] == "  acpi=<OnOffAuto>       - have ACPI, which hotplug needs"
    assert "  default-bus-bypass-iommu=<bool>" in lines
    assert lines == sorted(lines)
    # These are no properties of the type, only of its machines.
    assert not any(line.startswith(("  nvdimm", "  hmat", "  rtc-time")) for line in lines)


def test_an_unknown_type_lists_the_types() -> None:
    assert printed("-M foo,help") == printed("-M help")
