"""Advice for words that are unknown, missing or taken: commands, types, keys, values, ids.

What exists is asked of the tables, the declarations and the machine.
"""

from __future__ import annotations

import re

from hmp.assist.advice.situation import Advice, Rule, Situation, free_name, listed, similar
from hmp.assist.declared import creatable_types, settable
from hmp.assist.meanings import kind_text, meaning_of
from hmp.assist.offers import devices, free_backends, paths
from hmp.assist.room import room_left
from hmp.assist.sizes import size_text
from hmp.machine.objects import resolve
from hmp.machine.properties import Enumeration, Property

GIB = 1 << 30
Match = re.Match[str]


def _unknown_command(situation: Situation, found: Match) -> Advice:
    words = found[1].split()
    if words[:1] == ["info"] and len(words) > 1:
        near = similar(words[1], situation.vocabulary.info)
        return Advice(f"did you mean info {near}?" if near else "`info` lists what can be shown",
                      situation.line.text.replace(words[1], near, 1) if near else "")
    name = words[0] if words else ""
    if name in situation.vocabulary.info:
        return Advice(f"it is a subject of info: info {name}", f"info {name}")
    near = similar(name, situation.vocabulary.commands)
    if near:
        return Advice(f"did you mean {near}?", situation.line.text.replace(name, near, 1))
    return Advice("`help` lists the commands")


def _unknown_type(situation: Situation, found: Match) -> Advice:
    known = creatable_types(situation.line.option_list)
    other = {"types": "drivers", "drivers": "types"}[situation.line.option_list or "types"]
    if found[1] in creatable_types(other):
        command = "device_add" if other == "drivers" else "object_add"
        return Advice(f"{found[1]} is made with {command}")
    near = similar(found[1], known)
    mended = situation.line.text.replace(found[1], near, 1) if near else ""
    return Advice(f"did you mean {near}?" if near else f"there are {listed(known)}", mended)


def _unknown_key(situation: Situation, found: Match) -> Advice:
    key = found["key"]
    known = settable(situation.line)
    if not known:
        return _unknown_property(situation, found)
    near = similar(key, known)
    if near:
        return Advice(f"did you mean {near}?", situation.with_key(key, near))
    return Advice(f"{situation.line.type_name} has {listed(known)}; {situation.line.name.value} "
                  f"{situation.line.type_name},help lists all")


def _unknown_property(situation: Situation, found: Match) -> Advice:
    words = situation.line.words
    node, _ambiguous = resolve(situation.machine.root, words[0].value) if words else (None, False)
    names = [item.name for item in node.properties()] if node else []
    near = similar(found["key"], names)
    if near:
        return Advice(f"did you mean {near}?", situation.with_word(found["key"], near))
    return Advice(f"it has {listed(names)}")


def _missing(situation: Situation, found: Match) -> Advice:
    key = found[1]
    if key in ("qom-type", "driver"):
        return Advice(f"begin with a type: {listed(creatable_types(situation.line.option_list))}")
    item = settable(situation.line).get(key)
    value = _example(situation, key)
    says = f": {meaning_of(item)}" if item else ""
    return Advice(f"add {key}={value or '...'}{says}", situation.with_setting(key, value) if value else "")


def _example(situation: Situation, key: str) -> str:
    """A value that would do now."""
    if key == "id":
        return free_name("mem0", situation.machine.objects.children)
    if key == "size":
        left = room_left(situation.machine)
        return size_text(min(left, GIB)) if left else "1G"
    return "/dev/shm" if key == "mem-path" else ""


def _not_accepted(situation: Situation, found: Match) -> Advice:
    item = _item(situation, found[1])
    if item is None or not isinstance(item.kind, Enumeration):
        return Advice("")
    near = similar(found[2], item.kind.choices)
    choices = f"{found[1]} is {' or '.join(item.kind.choices)}"
    return Advice(f"did you mean {near}? {choices}" if near else choices,
                  situation.with_setting(found[1], near) if near and situation.line.settings else "")


def _item(situation: Situation, key: str) -> Property | None:
    if situation.line.option_list:
        return settable(situation.line).get(key)
    words = situation.line.words
    node, _ambiguous = resolve(situation.machine.root, words[0].value) if words else (None, False)
    return node.property(key) if node else None


def _not_a_size(situation: Situation, found: Match) -> Advice:
    given = situation.line.value_of(found[1]) or ""
    plain = re.fullmatch(r"([0-9.]+)\s*([kKmMgGtT])i?[bB](?:yte)?s?", given)
    if plain:
        size = plain[1] + plain[2].upper()
        return Advice(f"write {size}: one letter, K M G or T, after the number",
                      situation.with_setting(found[1], size))
    return Advice(f"{found[1]} is a number with K, M, G or T after it, such as 512M or 1G")


def _not_a_number(situation: Situation, found: Match) -> Advice:
    item = _item(situation, found[1])
    return Advice(f"{found[1]} is a {kind_text(item.kind)}: {meaning_of(item)}" if item else "")


def _not_a_switch(situation: Situation, found: Match) -> Advice:
    return Advice(f"{found[1]} is on or off", situation.with_setting(found[1], "on") if situation.line.settings else "")


def _no_equals(situation: Situation, found: Match) -> Advice:
    near = similar(found[1], settable(situation.line))
    return Advice(f"write {near or found[1]}=VALUE")


def _taken(situation: Situation, found: Match) -> Advice:
    taken = (*situation.machine.objects.children, *situation.machine.peripheral.children)
    other = free_name(found[1], taken)
    return Advice(f"{found[1]} is taken; free: {other}", situation.with_setting("id", other))


def _bad_identifier(situation: Situation, found: Match) -> Advice:
    return Advice("an id begins with a letter and has letters, digits, `-`, `.` and `_`")


def _no_device(situation: Situation, found: Match) -> Advice:
    """A device, a link of an option list, or a path that leads to nothing."""
    name, machine = found[1], situation.machine
    if situation.line.option_list:
        return _no_backend(situation, name)
    if situation.line.name.value == "device_del":
        names = [offer.word for offer in devices(machine)]
        what = "device"
    else:
        names = [offer.word for offer in paths(machine, name)]
        what = "object"
    near = similar(name, names)
    if near:
        return Advice(f"did you mean {near}?", situation.with_word(name, near))
    return Advice(f"there is no {what} {name}; there are {listed(names)}" if names else f"there is no {what} at all")


def _no_backend(situation: Situation, name: str) -> Advice:
    free = [backend.name for backend in free_backends(situation.machine)]
    key = next((setting.key.value for setting in situation.line.settings
                if setting.value and setting.value.value == name), "memdev")
    if not free:
        return Advice(f"no backend {name}, and none is free: object_add memory-backend-ram,id={name},size="
                      f"{_example(situation, 'size')} makes it")
    best = similar(name, free) or free[0]
    return Advice(f"no backend {name}; free: {listed(free)}", situation.with_setting(key, best))


def _no_object(situation: Situation, found: Match) -> Advice:
    names = list(situation.machine.objects.children)
    near = similar(found[1], names)
    if near:
        return Advice(f"did you mean {near}?")
    if found[1] in situation.machine.peripheral.children:
        return Advice(f"{found[1]} is a device: device_del {found[1]}", f"device_del {found[1]}")
    return Advice(f"there are {listed(names)}")


def _usage(situation: Situation, found: Match) -> Advice:
    command = situation.line.command
    return Advice(f"usage: {situation.line.name.value} {command.parameters}" if command and command.parameters else "")


def _lone_link(situation: Situation, found: Match) -> Advice:
    return _no_backend(situation, situation.line.value_of("memdev") or "")


RULES: tuple[Rule, ...] = (
    (r"unknown command: '(.*)'", _unknown_command),
    (r"Parameter 'qom-type' does not accept value '(.*)'", _unknown_type),
    (r"'(.*)' is not a valid device model name", _unknown_type),
    (r"Parameter '(?P<key>.*)' is unexpected", _unknown_key),
    (r"Property '\S+?\.(?P<key>\S+)' not found", _unknown_key),
    (r"Parameter '(.*)' is missing", _missing),
    (r"Parameter '(.*)' does not accept value '(.*)'", _not_accepted),
    (r"Parameter '(.*)' expects 'on' or 'off'", _not_a_switch),
    (r"Parameter '(size|align|offset|hugetlbsize|requested-size|block-size|label-size)' expects .*", _not_a_size),
    (r"Parameter 'id' expects an identifier", _bad_identifier),
    (r"Invalid qdev ID '.*'", _bad_identifier),
    (r"Parameter '(.*)' expects .*", _not_a_number),
    (r"Expected '=' after parameter '(.*)'", _no_equals),
    (r"attempt to add duplicate property '(.*)' to object .*", _taken),
    (r"Duplicate device ID '(.*)'", _taken),
    (r"Device '(.*)' not found", _no_device),
    (r"object '(.*)' not found", _no_object),
    (r"Invalid parameter type for 'memdev', expected: memory-backend", _lone_link),
    (r"'memdev' property (?:must be|is not) set", _lone_link),
    (r'Try "help (.*)" for more information', _usage),
)
