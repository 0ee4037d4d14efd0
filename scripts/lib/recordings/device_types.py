"""The catalogue of QEMU's types: parents, properties, and what each device is once it is plugged.

Facts of the running QEMU alone: names, kinds, defaults, buses, numbers; no descriptions.
"""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from scripts.lib import QEMU, ROOT
from scripts.lib.recordings.hmp import LiveProgram
from scripts.lib.recordings.qtree import QtreeBus, QtreeDevice, find, parse

CATALOGUE = ROOT / "hmp" / "machine" / "catalogue" / "types.json"
BOARD_CATALOGUE = CATALOGUE.with_name("boards.json")
ID = "d0"
CPU_SUFFIX = "-x86_64-cpu"
# A device that gives a bus of each kind.
BUSES = (
    "qemu-xhci,id=xh",
    "virtio-scsi-pci,id=vsc",
    "virtio-serial-pci,id=vse",
    "intel-hda,id=hd",
    "sdhci-pci,id=sdh",
    "usb-ccid,id=cc,bus=xh.0",
    "nvme,id=nv,serial=1",
    "ufs,id=uf",
    "tpci200,id=tp",
)
BACKENDS = (
    "-blockdev null-co,node-name=b0,size=1048576,read-zeroes=on -chardev null,id=c0 "
    "-audiodev none,id=a0 -fsdev local,path=/tmp,id=f0,security_model=none "
    "-object memory-backend-ram,id=m0,size=1M,share=on -object cryptodev-backend-builtin,id=y0 "
    "-object memory-backend-ram,id=m1,size=128M "
    "-object can-bus,id=k0 -device ipmi-bmc-sim,id=bm -m 128M,slots=1,maxmem=4G"
)
# What a device can't do without, by a pattern for its name.
REQUIRED = (
    (r"virtio-blk-.*|ufs-lu|ide-hd|ide-cf|scsi-hd|usb-storage|nvme-ns", "drive=b0"),
    (r"usb-redir|usb-braille|usb-serial|ccid-card-passthru|isa-(parallel|debugcon)", "chardev=c0"),
    (r"gus|ES1370|AC97|cs4231a|adlib|sb16|usb-audio|hda-.*|virtio-sound-.*", "audiodev=a0"),
    (r"virtio-9p-.*", "fsdev=f0,mount_tag=t"),
    (r"acpi-erst|ivshmem-plain", "memdev=m0"),
    (r"pc-dimm|nvdimm|virtio-pmem.*|virtio-mem-.*", "memdev=m1"),
    (r"nvme", "serial=1"),
    (r"cxl-type3", "volatile-memdev=m1"),
    (r"virtio-crypto-.*", "cryptodev=y0"),
    (r"kvaser_pci", "canbus=k0"),
    (r"pci-bridge(-seat)?", "chassis_nr=1"),
    (r"pxb", "bus_nr=8"),
    (r".*ipmi-(bt|kcs)|smbus-ipmi", "bmc=bm"),
    (r"xio3130-downstream", "bus=up"),
)
# What other devices name first among what they lack; there is nothing here to give them.
LACKED = (
    (r"vhost-user-(?!gpu|vga).*|ivshmem-doorbell", "chardev"),
    (r"vhost-scsi.*", "wwpn"),
    (r"vhost-vsock.*", "guest-cid"),
    (r"vhost-vdpa.*", "vhostdev"),
    (r"tpm-.*", "tpmdev"),
    (r"vfio-pci(-nohotplug)?", "host"),
    (r"vfio-user-pci", "socket"),
    (r"virtio-input-host.*", "evdev"),
    (r"usb-mtp", "rootdir"),
    (r"scsi-(generic|block)", "drive"),
    (r"ccid-card-emulated", "backend"),
    (r"ipmi-bmc-extern", "chardev"),
    (r"x-pci-proxy-dev", "fd"),
    (r"vmmouse", "i8042"),
    (r"cxl-switch-mailbox-cci", "target"),
)
MACHINES = ("pc,nvdimm=on", "q35,nvdimm=on,cxl=on", "microvm")
_VARIANTS = {
    "microvm,pcie=on": "microvm+pcie",
    "microvm,ioapic2=off": "microvm-ioapic2",
    "microvm,pcie=on,ioapic2=off": "microvm+pcie-ioapic2",
}
FAMILIES = {"pc": "pc-i440fx", "q35": "pc-q35", **_VARIANTS}
# Flash memory, which nothing has by default.
_FLASH = (
    "-nodefaults -drive if=pflash,format=raw,file.driver=null-co,file.size=65536,"
    "file.read-zeroes=on"
)
BOARDS = ("pc", "q35", "microvm", "isapc", "none")
# What a property is that has no default.
_EMPTY: dict[str, object] = {
    "bool": False,
    "str": "",
    "size": 0,
    **{f"{u}int{n}": 0 for u in ("", "u") for n in (8, 16, 32, 64)},
}
Entry = dict[str, Any]


def record() -> None:
    """Write the catalogue."""
    program = LiveProgram(QEMU, "-display none -M pc", "/tmp")
    types = {item["name"]: item for item in _ask(program, "qom-list-types", abstract=True)}
    interfaces = _interfaces(program, types)
    program.finish()
    listed = _listed()
    devices = [name for name in types if "device" in _lineage(name, types)]
    lists = _property_lists(types)
    creatable = [
        name
        for name in devices
        if not listed.get(name, {"no_user": True}).get("no_user") and CPU_SUFFIX not in name
    ]
    with ThreadPoolExecutor(2) as pool:
        made = zip(creatable, pool.map(_instance, creatable), strict=True)
        instances = {name: instance for name, instance in made if instance}
    boards = [*(_board_tree(name) for name in BOARDS), _board_tree("pc", _FLASH)]
    orders = _orders([*instances.values(), *boards])
    table: dict[str, int] = {}
    found: dict[str, Entry] = {}
    for name, item in sorted(types.items()):
        parent = item.get("parent", "")
        inherited = {_key(entry) for entry in lists.get(parent, ())}
        own = [entry for entry in lists.get(name, ()) if _key(entry) not in inherited]
        shown, hidden = _in_order(own, name, types, orders)
        found[name] = {
            "parent": parent,
            "abstract": item.get("abstract", False),
            "interfaces": " ".join(interfaces.get(name, [])),
            "properties": [table.setdefault(_key(entry), len(table)) for entry in shown],
            "hidden": [table.setdefault(_key(entry), len(table)) for entry in hidden],
            **listed.get(name, {}),
        }
        found[name] = {key: value for key, value in found[name].items() if value}
    unused, unknown = _told_of_globals(devices)
    cold = {
        name
        for machine in ("pc", "q35", "microvm")
        for name in _not_hotpluggable(machine, creatable)
    }
    for name in cold | unused:
        found[name]["cold_only"] = True
    for name in unknown:
        found[name]["module"] = True
    for name in creatable:
        if found[name].get("bus") in ("System", "xen-sysbus"):
            found[name]["boards"] = [
                FAMILIES.get(board, board) for board in BOARDS if _takes_sysbus(board, name)
            ]
    defaults = {
        name: {
            entry["name"]: entry.get("default-value", _EMPTY.get(entry["type"]))
            for entry in properties
        }
        for name, properties in lists.items()
    }
    for name, instance in instances.items():
        _keep_changed(name, instance, defaults)
        found[name]["instance"] = instance
    with ThreadPoolExecutor(2) as pool:
        for name, lack in zip(creatable, pool.map(_lack, creatable), strict=True):
            if lack:
                found[name]["lack"] = lack
    _write(table, found)


def record_boards() -> None:
    """Write what each board has by itself, and with its default devices."""
    boards = {
        f"{FAMILIES.get(machine, machine)}{suffix}": _board_tree(machine, options)
        for machine in (*BOARDS, *_VARIANTS)
        for suffix, options in (("", "-nodefaults"), ("+defaults", ""))
    }
    rows = [
        f"{json.dumps(name)}:"
        + json.dumps({"bus": board["buses"][0], "pci": board["pci"]}, separators=(",", ":"))
        for name, board in boards.items()
    ]
    BOARD_CATALOGUE.write_text("{\n" + ",\n".join(rows) + "\n}\n")


def _orders(trees: list[Entry]) -> dict[str, list[str]]:
    """Return the order in which `info qtree` shows the properties of each type."""
    found: dict[str, list[str]] = {}

    def walk(entry: Entry) -> None:
        if "type" in entry and entry.get("values"):
            found.setdefault(entry["type"], list(entry["values"]))
        for bus in entry.get("buses", ()):
            for device in bus.get("devices", ()):
                walk(device)

    for tree in trees:
        walk(tree)
    return found


def _in_order(
    own: list[Entry], name: str, types: dict[str, Entry], orders: dict[str, list[str]]
) -> tuple[list[Entry], list[Entry]]:
    """Return a type's own properties as `info qtree` shows them, then those that it leaves out."""
    order = next(
        (orders[other] for other in orders if name in _lineage(other, types)),
        None,
    )
    if order is None:
        shown = [entry for entry in own if entry["type"] in _EMPTY or "default-value" in entry]
    else:
        shown = [entry for entry in own if entry["name"] in order]
        shown.sort(key=lambda entry: order.index(entry["name"]))
    rest = [entry for entry in own if entry not in shown]
    return shown, sorted(rest, key=lambda entry: str(entry["name"]))


def _keep_changed(name: str, entry: Entry, defaults: dict[str, dict[str, object]]) -> None:
    """Leave only the values that differ from the property's default."""
    known = defaults.get(name, {})
    values = {
        key: value
        for key, value in entry.pop("values", {}).items()
        if value != known.get(key) and key not in ("addr", "busnr") and not _is_setup(value)
    }
    if values:
        entry["values"] = values
    for bus in entry.get("buses", ()):
        for device in bus.get("devices", ()):
            _keep_changed(device["type"], device, defaults)


def _is_setup(value: object) -> bool:
    """Return whether a value comes from what `REQUIRED` asked for."""
    return isinstance(value, str) and bool(re.search(r"(^|/)(b0|c0|a0|f0|m0|m1|y0|k0|bm)$", value))


def _board_tree(machine: str, options: str = "-nodefaults") -> Entry:
    """Return what the board of a machine has, with a CPU that has an interrupt controller."""
    cpu = "-cpu qemu64" if machine == "isapc" else ""
    program = LiveProgram(QEMU, f"-display none {options} -M {machine} {cpu}", "/tmp")
    try:
        return {
            "buses": [_bus(parse(program.line("info qtree")))],
            "pci": [
                {key: value for key, value in device.items() if key != "bus"}
                for bus in _ask(program, "query-pci")
                for device in bus["devices"]
            ],
        }
    finally:
        program.finish()


def _write(table: dict[str, int], found: dict[str, Entry]) -> None:
    """Write one line for each property and each type, so that changes can be read."""

    def lines(rows: list[str]) -> str:
        return ",\n".join(rows)

    compact = {"separators": (",", ":")}
    properties = lines([json.dumps(json.loads(key), **compact) for key in table])  # type: ignore[arg-type]
    # The CPU models have one list of properties.
    shared: dict[str, int] = {}
    for item in found.values():
        for part in ("properties", "hidden"):
            if len(item.get(part, ())) > 4:
                item[part] = shared.setdefault(json.dumps(item[part]), len(shared))
    types = lines(
        [f"{json.dumps(name)}:{json.dumps(item, **compact)}" for name, item in found.items()]  # type: ignore[arg-type]
    )
    CATALOGUE.write_text(
        f'{{"properties":[\n{properties}\n],\n"lists":[\n'
        + lines([key.replace(" ", "") for key in shared])
        + f'\n],\n"types":{{\n{types}\n}}}}\n'
    )


def _ask(program: LiveProgram, command: str, **arguments: object) -> Any:
    reply = program.command(command, **arguments)
    return reply.get("return", [])


def _lineage(name: str, types: dict[str, Entry]) -> list[str]:
    found = []
    while name:
        found.append(name)
        name = types[name].get("parent", "")
    return found


def _interfaces(program: LiveProgram, types: dict[str, Entry]) -> dict[str, list[str]]:
    """Return the interfaces of each type that its parent does not have."""
    has: dict[str, set[str]] = {name: set() for name in types}
    for name in types:
        for item in _ask(program, "qom-list-types", implements=name, abstract=True):
            if name not in _lineage(item["name"], types):
                has[item["name"]].add(name)
    return {
        name: sorted(found - has.get(types[name].get("parent", ""), set()))
        for name, found in has.items()
    }


def _property_lists(types: dict[str, Entry]) -> dict[str, list[Entry]]:
    """Return the properties of every type; QEMU ends at two of them, which have none here."""
    found: dict[str, list[Entry]] = {}
    program: LiveProgram | None = None
    for name in types:
        program = program or LiveProgram(QEMU, "-display none -M pc", "/tmp")
        reply = program.command("qom-list-properties", typename=name)
        if "return" in reply:
            found[name] = reply["return"]
        elif "eof" in reply:
            program.finish()
            program = None
    if program:
        program.finish()
    return found


def _key(entry: Entry) -> str:
    """Return [name, kind, default, choices] of a property; the last two where QEMU tells."""
    text = entry.get("description", "")
    choices = re.search(r"[\w./]+(?:/[\w.]+)+$", text.rstrip(")")) if "/" in text else None
    refers = re.fullmatch(r"(?:Node name or )?ID of an? (.*?)(?: to use as a backend)?", text)
    note = choices[0] if choices else refers[1] if refers else ""
    if entry["type"] == "str" and entry["name"] == "mac":
        note = "MAC"
    if text.startswith("UUID (aka GUID)"):
        note = "UUID"
    if entry["type"] == "size" and "power of two" in text.lower():
        note = "power of two"
    default = entry.get("default-value")
    return json.dumps([entry["name"], entry["type"], default, note if len(note) < 60 else ""])


def _listed() -> dict[str, Entry]:
    """Return category, bus and alias of the devices, and which of them no user can create."""
    program = LiveProgram(QEMU, "-display none -M pc", "/tmp")
    text = program.line("info qdm")
    program.finish()
    found: dict[str, Entry] = {}
    category = ""
    for line in text.splitlines():
        if heading := re.fullmatch(r"(.*) devices:", line):
            category = heading[1]
        elif item := re.match(r'name "(.*?)"(?:, bus ([\w-]+))?(?:, alias "(.*?)")?', line):
            known = found.setdefault(item[1], {"bus": item[2], "alias": item[3], "category": []})
            known["category"].append(category)
            known["no_user"] = line.endswith(", no-user")
    return {name: {k: v for k, v in item.items() if v} for name, item in found.items()}


def _takes_sysbus(board: str, name: str) -> bool:
    """Return whether a machine takes a type of devices on its main system bus."""
    program = LiveProgram(QEMU, f"-display none -nodefaults -M {board}", "/tmp")
    reply = program.command("device_add", driver=name)
    program.finish()
    return "dynamic sysbus" not in str(reply)


def _not_hotpluggable(machine: str, names: list[str]) -> list[str]:
    """Return the devices that can be there from the start only."""
    buses = "" if machine == "microvm" else " ".join(f"-device {bus}" for bus in BUSES)
    found = []
    program: LiveProgram | None = None
    for name in names:
        program = program or LiveProgram(
            QEMU, f"-display none -nodefaults -M {machine} {buses}", "/tmp"
        )
        reply = program.command("device_add", driver=name, id=ID)
        message = reply.get("error", {}).get("desc", "")
        if message == f"Device '{name}' does not support hotplugging":
            found.append(name)
        elif "error" not in reply:
            program.finish()
            program = None
    if program:
        program.finish()
    return found


def _told_of_globals(names: list[str]) -> tuple[set[str], set[str]]:
    """Return the types of which QEMU says that a -global is not used, since none can be plugged
    later, and those that it does not know, since their module is not loaded.
    """
    # The object that every machine has; an error of its own would end QEMU.
    options = [
        f"-global driver={name},property=zz,value=1"
        for name in names
        if name not in ("device", "migration")
    ]
    program = LiveProgram(QEMU, f"-display none -nodefaults -M none {' '.join(options)}", "/tmp")
    _status, errors = program.finish()
    unused = re.findall(r"global (\S+)\.zz=1 not used", errors)
    unknown = re.findall(r"global (\S+)\.zz has invalid class name", errors)
    return set(unused), set(unknown)


def _instance(name: str) -> Entry | None:
    """Return what a device is once it is plugged, on the first machine that takes it."""
    extra = next((text for pattern, text in REQUIRED if re.fullmatch(pattern, name)), "")
    for machine in MACHINES:
        arguments = f"-display none -nodefaults -M {machine} {BACKENDS} "
        if machine != "microvm":
            arguments += " ".join(f"-device {bus}" for bus in BUSES)
        if "up" in extra:
            arguments += " -device pcie-root-port,id=rp,chassis=9"
            arguments += " -device x3130-upstream,id=up,bus=rp"
        arguments += f" -device {name},id={ID}{',' * bool(extra)}{extra}"
        program = LiveProgram(QEMU, arguments, "/tmp")
        try:
            if program.started:
                return _describe(program, name, machine.partition(",")[0])
        finally:
            program.finish()
    return None


def _lack(name: str) -> list[str] | None:
    """Return the property that a device can't do without, empty for one that can never be there,
    and the error without it; None for a device that needs nothing.
    """
    needs = next((text for pattern, text in REQUIRED if re.fullmatch(pattern, name)), "")
    lacked = next((text for pattern, text in LACKED if re.fullmatch(pattern, name)), "")
    found = [message for machine in MACHINES if (message := _bare_error(machine, name)) is not None]
    if "" in found or not found:
        return None
    return [(needs or lacked).partition("=")[0], found[0]]


def _bare_error(machine: str, name: str) -> str | None:
    """Return the error for a device without properties, None where it is about its bus."""
    buses = "" if machine == "microvm" else " ".join(f"-device {bus}" for bus in BUSES)
    program = LiveProgram(
        QEMU, f"-display none -nodefaults -M {machine} {buses} -device {name},id={ID}", "/tmp"
    )
    started, (_status, errors) = program.started, program.finish()
    if started:
        return ""
    message = errors.strip().removeprefix("qemu-system-x86_64: ")
    for found in re.finditer(rf"-device {re.escape(name)},id={ID}: (.*(?:\n(?!qemu-).*)*)", errors):
        message = found[1].strip()
    no_bus = "bus was found|bus found for|pluggable device|dynamic sysbus|cannot reside on"
    return None if re.search(no_bus, message) else message


def _describe(program: LiveProgram, name: str, machine: str) -> Entry:
    device = find(parse(program.line("info qtree")), name, ID)
    path = f"/machine/peripheral/{ID}"
    entry: Entry = {"machine": machine, "children": _children(program, path)}
    if device:
        entry.update(_qtree(device))
    for bus in entry.get("buses", ()):
        if _ask(program, "qom-get", path=f"{path}/{bus['name']}", property="hotplug-handler"):
            bus["hotplug"] = True
        for device in bus.get("devices", ()) if bus["name"] == "virtio-bus" else ():
            for below in device.get("buses", ()):
                below_path = f"{path}/virtio-backend/{below['name']}"
                if _ask(program, "qom-get", path=below_path, property="hotplug-handler"):
                    below["hotplug"] = True
    pci = _pci_function(_ask(program, "query-pci")) or (device and _shown_function(device))
    if pci:
        entry["pci"] = pci
    return {key: value for key, value in entry.items() if value}


def _qtree(device: QtreeDevice) -> Entry:
    entry: Entry = {
        "type": device.type,
        "values": device.values,
        "lines": [line for line in device.lines if not re.match(r"class |bar ", line)],
        "buses": [_bus(bus) for bus in device.buses],
    }
    return {key: value for key, value in entry.items() if value}


def _bus(bus: QtreeBus) -> Entry:
    entry: Entry = {"name": bus.name, "type": bus.type}
    if bus.devices:
        entry["devices"] = [_qtree(item) for item in bus.devices]
    return entry


def _children(program: LiveProgram, path: str) -> Entry:
    """Return the children in the object tree: a region with its numbers, else the type."""
    found: Entry = {}
    for item in _ask(program, "qom-list", path=path):
        kind = re.fullmatch(r"child<(.*)>", item["type"])
        if not kind or re.match("bus master|virtio-pci-", item["name"]):
            continue
        child = f"{path}/{item['name']}"
        if kind[1] == "memory-region":
            get = {
                name: _ask(program, "qom-get", path=child, property=name)
                for name in ("size", "addr", "container", "priority")
            }
            container = get["container"] or ""
            get["container"] = (
                container.rpartition("/")[2] if container.startswith(f"{path}/") else ""
            )
            addr = get["addr"] if get["container"] else 0
            found[item["name"]] = [get["size"], addr, get["container"], get["priority"]]
        else:
            found[item["name"]] = kind[1]
    return found


def _shown_function(device: QtreeDevice) -> Entry | None:
    """Return the PCI function of a device that query-pci leaves out, being below a bridge."""
    for line in device.lines:
        if found := re.match(r"class (.*), addr .* pci id (\w+):(\w+) \(sub (\w+):(\w+)\)", line):
            numbers = [int(text, 16) for text in found.groups()[1:]]
            names = ("vendor", "device", "subsystem-vendor", "subsystem")
            return {
                "class_info": {"class": 0, "desc": found[1]},
                "id": {name: value for name, value in zip(names, numbers, strict=True) if value},
                "irq_pin": 0,
                "regions": [],
            }
    return None


def _pci_function(buses: list[Entry]) -> Entry | None:
    # The root bus of the board comes after that of an expander bridge, whose inner bridge has the
    # same id.
    for bus in reversed(buses):
        for device in bus["devices"]:
            if device["qdev_id"] == ID:
                names = ("class_info", "id", "irq_pin", "regions", "pci_bridge")
                return {key: device[key] for key in names if key in device}
            below = device.get("pci_bridge")
            if below and (found := _pci_function([{"devices": below.get("devices", [])}])):
                return found
    return None
