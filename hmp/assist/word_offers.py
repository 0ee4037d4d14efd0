"""What may stand as a word of a command's arguments, by the kind that the command's record names for it.

The kinds are those of `completes` (commands/command.py); option lists are completed in `completion.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from hmp.assist import offers
from hmp.assist.declared import creatable_types, settable_now
from hmp.assist.meanings import type_meaning
from hmp.assist.offers import Offer
from hmp.assist.values import kind_offers
from hmp.assist.vocabulary import Vocabulary
from hmp.commands.command import Described
from hmp.machine.objects import resolve

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

WORDS, QUOTED_FILES = "words:", "quoted files"


class Place(NamedTuple):
    """Where a word stands: the machine, the words that are known, the arguments before it, and what was typed of it."""

    machine: Machine
    vocabulary: Vocabulary
    before: list[str]
    typed: str


def word_offers(place: Place, kinds: tuple[str, ...]) -> Iterable[Offer]:
    """What may stand there, for a command with these kinds of arguments."""
    number = len(place.before)
    # The last kind of a command that takes ever more words goes on.
    kind = kinds[number] if number < len(kinds) else kinds[-1] if kinds and kinds[-1] in OPEN_ENDED else ""
    if kind.startswith(WORDS):
        return (Offer(word, "word", "") for word in kind.removeprefix(WORDS).split("|"))
    return OFFERS[kind](place) if kind in OFFERS else ()


def described(commands: Mapping[str, Described]) -> Iterator[Offer]:
    """Commands or subjects with what they are for."""
    for name, command in sorted(commands.items()):
        label = "command" if name == command.names[0] else f"= {command.names[0]}"
        yield Offer(name, label, command.help, follow=" " if command.parameters else "")


def types(option_list: str) -> Iterator[Offer]:
    """The types that an option list of `types` or `drivers` may begin with."""
    for name in creatable_types(option_list):
        yield Offer(name, option_list.removesuffix("s"), type_meaning(name))


def _help(place: Place) -> Iterable[Offer]:
    """A command, then what help tells more of: a subject of info, or a type."""
    if not place.before:
        return described(place.vocabulary.commands)
    if place.before == ["info"]:
        return described(place.vocabulary.info)
    command = place.vocabulary.commands.get(place.before[0])
    first = command.completes[:1] if command and len(place.before) == 1 else ()
    return types(first[0]) if first in (("types",), ("drivers",)) else ()


def _info(place: Place) -> Iterable[Offer]:
    return described(place.vocabulary.info)


def _paths(place: Place) -> Iterable[Offer]:
    return offers.paths(place.machine, place.typed)


def _properties(place: Place) -> Iterable[Offer]:
    return offers.properties(place.machine, place.before[0])


def _settable(place: Place) -> Iterable[Offer]:
    return offers.settable_properties(place.machine, place.before[0])


def _values(place: Place) -> Iterable[Offer]:
    node, _ambiguous = resolve(place.machine.root, place.before[0])
    item = settable_now(place.machine, node).get(place.before[1]) if node else None
    return kind_offers(place.machine, item, place.typed) if item else ()


def _files(place: Place) -> Iterable[Offer]:
    return offers.files(place.typed)


def _quoted_files(place: Place) -> Iterable[Offer]:
    """Without quotes the slash of a path would divide the number before it."""
    return (offer._replace(word=f'"{offer.word}') for offer in offers.files(place.typed))


def _lessons(place: Place) -> Iterator[Offer]:
    from hmp.lessons.course import titles

    for name, title in titles():
        yield Offer(name, "lesson", title)
    for word, meaning in (("hint", "for the present step"), ("show", "what solves it"), ("stop", "end the lesson")):
        yield Offer(word, "word", meaning)
    if "/" in place.typed:
        yield from offers.files(place.typed)


def _guest(place: Place) -> Iterable[Offer]:
    """The actions of the guest, then the arguments of one."""
    from hmp.guest.actions import ACTIONS

    if not place.before:
        return (Offer(action.name, " ".join(argument.name for argument in action.arguments), action.help)
                for action in ACTIONS.values())
    action = ACTIONS.get(place.before[0])
    if action is None or len(place.before) > len(action.arguments):
        return ()
    argument = action.arguments[len(place.before) - 1].name
    return GUEST_ARGUMENTS[argument](place) if argument in GUEST_ARGUMENTS else ()


def _memory_devices(place: Place) -> Iterable[Offer]:
    return offers.memory_devices(place.machine)


def _calls(place: Place) -> Iterator[Offer]:
    from hmp.machine.faults import HOST_CALLS

    return (Offer(call, "call", "of the host") for call in HOST_CALLS)


def _zones(place: Place) -> Iterable[Offer]:
    return (Offer("movable", "zone", "can be unplugged"), Offer("kernel", "zone", "can't be unplugged"))


def _policies(place: Place) -> Iterator[Offer]:
    """What a policy may set, after what the typed one sets already."""
    from hmp.guest.policy_text import CHOICES

    before = place.typed[: place.typed.rfind(",") + 1]
    for key, choices in {**CHOICES, **MEASURES}.items():
        for choice in choices:
            word = choice if key == "system" else f"{key}={choice}"
            yield Offer(f"{before}{word}", "policy", "for example" if key in MEASURES else "")


Offers = Callable[[Place], Iterable[Offer]]
MEASURES = {"latency": ("20ms",), "boot": ("1s",), "virtio-mem": ("512M",)}
OPEN_ENDED = ("commands", "guest")
OFFERS: dict[str, Offers] = {
    "commands": _help, "info": _info, "paths": _paths, "properties": _properties, "settable": _settable,
    "values": _values, "files": _files, QUOTED_FILES: _quoted_files, "lessons": _lessons, "guest": _guest,
    "objects": lambda place: offers.free_objects(place.machine),
    "devices": lambda place: offers.devices(place.machine),
    "cpus": lambda place: offers.cpus(place.machine),
}
GUEST_ARGUMENTS: dict[str, Offers] = {
    "device": _memory_devices, "memory": _memory_devices, "call": _calls, "zone": _zones,
    "options": _policies,
}
