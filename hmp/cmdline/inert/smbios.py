"""-smbios: the tables for the guest's firmware, of which nothing is made; the UUID of type 1 is the
machine's.
"""

from __future__ import annotations

import os
import re

from hmp.cmdline.configuration import Configuration, Stage
from hmp.cmdline.inert.option_lists import check_items, read_items
from hmp.cmdline.options import Option
from hmp.cmdline.readconfig.groups import BOOLEAN, NUMBER, TEXT, OptionGroup
from hmp.errors import HostError, InputError
from hmp.grammar import terminals
from hmp.grammar.numbers import parse_option_number


def _group(texts: str, numbers: str = "", booleans: str = "") -> OptionGroup:
    kinds = ((TEXT, texts), (NUMBER, numbers), (BOOLEAN, booleans))
    types = {key: kind for kind, keys in kinds for key in keys.split()}
    return OptionGroup("smbios", types | {"type": NUMBER}, is_tree=False)


# By the number of the type (experiment: each key with each type).
TYPES = {
    0: _group("vendor version date release", booleans="uefi vm"),
    1: _group("manufacturer product version serial uuid sku family"),
    2: _group("manufacturer product version serial asset location"),
    3: _group("manufacturer version serial asset sku"),
    4: _group(
        "sock_pfx manufacturer version serial asset part",
        "max-speed current-speed processor-family processor-id",
    ),
    8: _group("internal_reference external_reference", "connector_type port_type"),
    9: _group(
        "slot_designation pci_device",
        "slot_type slot_data_bus_width current_usage slot_length slot_id slot_characteristics1 "
        "slot_characteristics2",
    ),
    11: _group("value path"),
    17: _group("loc_pfx bank manufacturer serial asset part", "speed"),
    41: _group("designation kind pcidev", "instance"),
}
KINDS = (
    *("other", "unknown", "video", "scsi", "ethernet", "tokenring", "sound"),
    *("pata", "sata", "sas"),
)
OLD_TYPE = 1
MAX_TYPE, MAX_SPEED = 255, 65535
# The length of the header of a table: a file has one at least.
HEADER_BYTES = 4
FILE = OptionGroup("smbios", {"file": TEXT}, is_tree=False)


def check_smbios(configuration: Configuration, option: Option) -> None:
    """Check a table; InputError for the first thing that is wrong."""
    items = read_items(option.argument, configuration.located_warning(option.location))
    given = {item.key: item.value for item in items}
    if "file" in given:
        check_items(FILE, items)
        path = given["file"]
        if not _has_header(path):
            raise InputError(f"Cannot read SMBIOS file {path}")
        return
    if "type" not in given:
        raise InputError("Must specify type= or file=")
    number = parse_option_number("type", given["type"])
    if number > MAX_TYPE:
        raise InputError("out of range!")
    if number not in TYPES:
        raise InputError(f"Don't know how to build fields for SMBIOS type {number}")
    check_items(TYPES[number], items)
    _check_values(configuration, number, given)
    if number > OLD_TYPE:
        configuration.add_check(Stage.END, lambda: _check_board(configuration))


def _check_board(configuration: Configuration) -> None:
    # Its tables are those of QEMU before 2.1.
    if configuration.board.name == "isapc":
        raise InputError("can't process fields for smbios types > 1 on machine versions < 2.1!")


def _check_values(configuration: Configuration, number: int, given: dict[str, str]) -> None:
    if number == 0 and not re.match(r"\s*[0-9]+\.\s*[0-9]", given.get("release", "0.0")):
        raise InputError("Invalid release")
    if number == 1 and "uuid" in given:
        if not terminals.fullmatch(terminals.UUID, given["uuid"]):
            raise InputError("Invalid UUID")
        configuration.uuid = given["uuid"].lower()
    for key in ("max-speed", "current-speed"):
        if parse_option_number(key, given.get(key, "0")) > MAX_SPEED:
            raise InputError(f"SMBIOS CPU speed is too large (> {MAX_SPEED})")
    if number == 11 and not os.path.exists(given.get("path", "/").encode("latin-1")):
        raise HostError(f"Could not open '{given['path']}': No such file or directory")
    if given.get("kind", "other") not in KINDS:
        raise InputError(f"invalid parameter value: {given['kind']}")


def _has_header(path: str) -> bool:
    try:
        return os.path.getsize(path.encode("latin-1")) >= HEADER_BYTES
    except OSError:
        return False
