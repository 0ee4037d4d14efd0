"""Random lines about devices without an effect on memory: types of the catalogue with right and
wrong properties, unplugs, backends that come and go, and the queries that show devices.
"""

from __future__ import annotations

import json
import random

from hmp.machine.catalogue import records
from hmp.machine.catalogue.records import PropertyRecord
from scripts.lib.generators import device_words as words


class RandomDevices:
    """Makes lines about devices."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        names = [name for name in records.type_names() if not name.startswith(words.LEFT_OUT)]
        found = (records.find_type(name) for name in names)
        self._types = [
            record.name
            for record in found
            if record is not None and record.bus and not record.name.endswith("x86_64-cpu")
        ]

    def arguments(self) -> str:
        """The command line of a session."""
        machine = self._chance.choice(words.MACHINES)
        buses = words.BUSES.get(machine.partition(",")[0], ())
        # Where ACPI does not do it, what is below a root port is gone at once while no guest runs.
        if machine in ("pc,acpi=off", "pc-q35-5.2"):
            buses = tuple(bus for bus in buses if "root-port" not in bus)
        defaults = "" if self._chance.random() < 0.3 else "-nodefaults "
        arguments = f"-M {machine} {defaults}-m 128M {words.BACKENDS}"
        return arguments + "".join(f" -device {bus}" for bus in buses)

    def line(self) -> str:
        """One line, or a QMP command."""
        kind = self._chance.random()
        if kind < 0.6:
            return f"device_add {self.device()}"
        if kind < 0.66:
            members = self._members()
            return json.dumps({"execute": "device_add", "arguments": members})
        if kind < 0.8:
            return f"device_del {self._chance.choice((*words.IDS, *words.REMOVABLE))}"
        if kind < 0.84:
            return self._chance.choice(words.BACKEND_LINES)
        if kind < 0.9:
            return self._property_line()
        return self._chance.choice(words.LOOKS)

    def option(self) -> str:
        """The value of a -device option, in JSON now and then."""
        if self._chance.random() < 0.15:
            return "'" + json.dumps(self._members(), separators=(",", ":")) + "'"
        return self.device()

    def device(self) -> str:
        """A device with its properties, as -device and device_add take it."""
        name, items = self._items()
        return ",".join((name, *(f"{key}={value}" for key, value in items)))

    def _members(self) -> dict[str, object]:
        """A device as JSON, whose values now and then have another type than the property."""
        name, items = self._items()
        found: dict[str, object] = {"driver": name}
        for key, value in items:
            found[key] = value if key in ("id", "bus") else self._typed(value)
        return found

    def _typed(self, value: str) -> object:
        if value in ("on", "off") and self._chance.random() < 0.8:
            return value == "on"
        if value.lstrip("-").isdigit() and self._chance.random() < 0.8:
            return int(value)
        return value

    def _items(self) -> tuple[str, list[tuple[str, str]]]:
        """Return a type, and properties of a device of it."""
        often = self._chance.random() < 0.5
        name = self._chance.choice(words.POPULAR if often else self._types)
        items: list[tuple[str, str]] = []
        if self._chance.random() < 0.8:
            items.append(("id", self._chance.choice(words.IDS)))
        if self._chance.random() < 0.35:
            items.append(("bus", self._chance.choice(words.BUS_NAMES)))
        record = records.find_type(name)
        if record is not None and record.lack and record.lack[0] and self._chance.random() < 0.85:
            items.append((record.lack[0], self._given(name, record.lack[0])))
        for item in self._properties(name, self._chance.choice((0, 0, 0, 1, 1, 2))):
            items.append((item.name, self._value(item)))
        return name, items

    def _given(self, name: str, wanted: str) -> str:
        item = next((one for one in records.properties(name) if one.name == wanted), None)
        return self._value(item) if item else "1"

    def _properties(self, name: str, count: int) -> list[PropertyRecord]:
        """Return properties of a type, about half of them not those that all of its kind have."""
        every = records.properties(name)
        own = [
            item
            for record in records.lineage(name)
            if record.name not in words.COMMON_TYPES
            for item in record.all_own()
        ]
        known, few = (
            [item for item in items if not item.type.startswith("child<")] for items in (every, own)
        )
        lists = [few if few and self._chance.random() < 0.5 else known for _ in range(count)]
        return [self._chance.choice(items) for items in lists]

    def _property_line(self) -> str:
        """A line about a property of a device that may be there."""
        name = self._chance.choice((*words.POPULAR, *self._types))
        item = self._chance.choice(self._properties(name, 1))
        path = self._chance.choice((*words.IDS, "xh", "vse", "rp"))
        if self._chance.random() < 0.5:
            return f"qom-get /machine/peripheral/{path} {item.name}"
        return f"qom-set /machine/peripheral/{path} {item.name} {self._value(item) or 'x'}"

    def _value(self, item: PropertyRecord) -> str:
        if item.note in words.IDS_OF:
            return self._chance.choice(words.IDS_OF[item.note])
        if "/" in item.note:
            return self._chance.choice((*item.note.split("/"), "x"))
        if item.name == "addr":
            return self._chance.choice(words.ADDRESSES)
        if item.type in words.OBJECTS_OF:
            return self._chance.choice((*words.OBJECTS_OF[item.type], "zz", "c0"))
        kind = item.type.partition("<")[0]
        return self._chance.choice(words.VALUES.get(kind, words.INTEGERS))
