"""List candidates for an argument that is one word, by what the command's syntax says it names.

Option lists are completed in `completions.py` and `values.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from hmp.assist.completion import candidates
from hmp.assist.completion.candidates import Candidate
from hmp.assist.completion.values import property_candidates
from hmp.assist.help.descriptions import type_description
from hmp.assist.properties import creatable_types, writable_properties
from hmp.grammar.command_line import CommandInfo, CommandSet
from hmp.grammar.parameters import OPTION_LISTS, Parameter, Refers, Word
from hmp.machine.machine import Machine
from hmp.machine.qom.object import resolve


class WordContext(NamedTuple):
    """The machine, the known commands, the arguments before the word, and its typed part."""

    machine: Machine
    known: CommandSet[CommandInfo]
    before: list[str]
    typed: str


def word_candidates(context: WordContext, parameter: Parameter) -> Iterable[Candidate]:
    """Return the candidates for a word that is the argument for a parameter."""
    if isinstance(parameter, Word) and parameter.choices:
        return (Candidate(word, "word", "") for word in parameter.choices)
    return CANDIDATES[parameter.refers_to](context) if parameter.refers_to in CANDIDATES else ()


def command_candidates(commands: Mapping[str, CommandInfo]) -> Iterator[Candidate]:
    """Yield commands or subcommands; the kind of an alias is the name of its command."""
    for name, command in sorted(commands.items()):
        kind = "command" if name == command.names[0] else f"= {command.names[0]}"
        yield Candidate(name, kind, command.help, suffix=" " if command.parameters else "")


def type_candidates(machine: Machine, implied_key: str) -> Iterator[Candidate]:
    """Yield the types that an option list with this implied key may begin with."""
    for name in creatable_types(implied_key, machine.type_source):
        yield Candidate(
            name, "driver" if implied_key == "driver" else "type", type_description(name)
        )


def _help(context: WordContext) -> Iterable[Candidate]:
    """Yield commands, then for `help info` its subcommands, for others the types they take."""
    if not context.before:
        return command_candidates(context.known.commands)
    if context.before == ["info"]:
        return command_candidates(context.known.info)
    command = context.known.commands.get(context.before[0]) if len(context.before) == 1 else None
    lists = (item for item in (command.syntax if command else ()) if isinstance(item, OPTION_LISTS))
    return next((type_candidates(context.machine, item.implied_key) for item in lists), ())


def _values(context: WordContext) -> Iterable[Candidate]:
    node, _ambiguous = resolve(context.machine.root, context.before[0])
    item = writable_properties(node).get(context.before[1]) if node else None
    return property_candidates(context.machine, item) if item else ()


def _lessons(context: WordContext) -> Iterator[Candidate]:
    from hmp.lessons.library import lesson_titles

    for name, title in lesson_titles():
        yield Candidate(name, "lesson", title)
    for word, description in (
        ("hint", "for the present step; again for more"),
        ("show", "what solves it"),
        ("again", "the step from its beginning"),
        ("undo", "take the last line back"),
        ("skip", "have the step done"),
        ("next", "the next lesson"),
        ("stop", "end the lesson"),
    ):
        yield Candidate(word, "word", description)
    if "/" in context.typed:
        yield from candidates.files(context.typed)


def _guest(context: WordContext) -> Iterable[Candidate]:
    """Return the actions of the guest, then the arguments of one."""
    from hmp.guest.actions import ACTIONS

    if not context.before:
        return (
            Candidate(
                action.name, " ".join(argument.name for argument in action.arguments), action.help
            )
            for action in ACTIONS.values()
        )
    action = ACTIONS.get(context.before[0])
    if action is None or len(context.before) > len(action.arguments):
        return ()
    argument = action.arguments[len(context.before) - 1].name
    return GUEST_ARGUMENTS[argument](context) if argument in GUEST_ARGUMENTS else ()


def _memory_devices(context: WordContext) -> Iterable[Candidate]:
    return candidates.memory_devices(context.machine)


def _calls(context: WordContext) -> Iterator[Candidate]:
    from hmp.machine.fault_injection import HOST_CALLS

    return (Candidate(call, "call", "of the host") for call in HOST_CALLS)


def _zones(context: WordContext) -> Iterable[Candidate]:
    return (
        Candidate("movable", "zone", "can be unplugged"),
        Candidate("kernel", "zone", "can't be unplugged"),
    )


def _policies(context: WordContext) -> Iterator[Candidate]:
    """Yield what a policy may set, appended to the settings that are typed already."""
    from hmp.guest.policy import CHOICES

    before = context.typed[: context.typed.rfind(",") + 1]
    for key, choices in {**CHOICES, **EXAMPLE_VALUES}.items():
        for choice in choices:
            word = choice if key == "system" else f"{key}={choice}"
            yield Candidate(
                f"{before}{word}", "policy", "for example" if key in EXAMPLE_VALUES else ""
            )


CandidateSource = Callable[[WordContext], Iterable[Candidate]]
EXAMPLE_VALUES = {
    "latency": ("20ms",),
    "boot": ("1s",),
    "virtio-mem": ("512M",),
    "balloon": ("follow", "refuse", "256M"),
}
CANDIDATES: dict[Refers, CandidateSource] = {
    Refers.COMMAND: _help,
    Refers.PATH: lambda context: candidates.paths(context.machine, context.typed),
    Refers.PROPERTY: lambda context: candidates.properties(context.machine, context.before[0]),
    Refers.SETTABLE_PROPERTY: lambda context: candidates.settable_properties(
        context.machine, context.before[0]
    ),
    Refers.PROPERTY_VALUE: _values,
    Refers.FILE: lambda context: candidates.files(context.typed),
    Refers.SCRIPT: lambda context: candidates.files(context.typed),
    Refers.LESSON: _lessons,
    Refers.GUEST_ACTION: _guest,
    Refers.OBJECT: lambda context: candidates.free_objects(context.machine),
    Refers.DEVICE: lambda context: candidates.devices(context.machine),
    Refers.CPU: lambda context: candidates.cpus(context.machine),
    Refers.DRIVE: lambda context: candidates.drives(context.machine),
}
GUEST_ARGUMENTS: dict[str, CandidateSource] = {
    "device": _memory_devices,
    "memory": _memory_devices,
    "call": _calls,
    "zone": _zones,
    "options": _policies,
}
