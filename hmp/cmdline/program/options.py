"""What a command line asks of the program rather than of the machine: the console, lessons,
scripts, another QEMU, fleets. QEMU has few of these options.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hmp.cmdline.errors import EarlyExit
from hmp.cmdline.options import CONSOLE_HELP, Option
from hmp.errors import InputError
from hmp.settings.options import SWITCHES

if TYPE_CHECKING:
    from hmp.cmdline.program.scripts import ScriptOptions

MAX_MACHINES = 100_000


class ProgramOptions:
    """The options of the program.

    `settings` are those of the console, by name, and `writes_config` asks to keep them;
    `checked_lessons` are the files of --check-lesson; `fleet` is how many machines to serve in
    which folder; `target` is the monitor of another QEMU, with what is allowed there.
    """

    def __init__(self) -> None:
        self.settings: dict[str, str] = {}
        self.writes_config = False
        self.lesson = self.recording = ""
        self.lesson_by_step = False
        self.checked_lessons: list[str] = []
        self.speed = 1.0
        self.script: ScriptOptions | None = None
        self.exit_on_error = False
        self.fleet: tuple[int, str] | None = None
        self.daemonize = False
        self.pid_file = ""
        self.target = ""
        self.writes = self.forces = False


def _set_fleet(program: ProgramOptions, option: Option) -> None:
    count, _blank, folder = option.argument.partition(" ")
    if not count.isdigit() or not 0 < int(count) <= MAX_MACHINES:
        raise InputError(f"'{count}' is no number of machines from 1 to {MAX_MACHINES}")
    program.fleet = int(count), folder


def _set_target(program: ProgramOptions, option: Option) -> None:
    program.target = option.argument


def _allow_writing(program: ProgramOptions, option: Option) -> None:
    program.writes = True


def _allow_all(program: ProgramOptions, option: Option) -> None:
    program.forces = True


def _set_setting(program: ProgramOptions, option: Option) -> None:
    from hmp.settings.options import BY_NAME

    program.settings[option.name] = BY_NAME[option.name].parse(option.argument)


def _set_switch(program: ProgramOptions, option: Option) -> None:
    from hmp.settings.options import ON

    program.settings[option.name] = ON


def _set_speed(program: ProgramOptions, option: Option) -> None:
    try:
        program.speed = float(option.argument)
    except ValueError:
        program.speed = 0.0
    if not 0 < program.speed < float("inf"):
        raise InputError(f"'{option.argument}' is no speed; 2 is twice as fast")


def _print_completion(program: ProgramOptions, option: Option) -> None:
    from hmp.cmdline.program.shell_completion import shell_completion

    raise EarlyExit(shell_completion(option.argument))


def _set_lesson(program: ProgramOptions, option: Option) -> None:
    program.lesson = option.argument


def _play_by_step(program: ProgramOptions, option: Option) -> None:
    program.lesson_by_step = True


def _add_checked_lesson(program: ProgramOptions, option: Option) -> None:
    program.checked_lessons.append(option.argument)


def _set_lesson_folder(program: ProgramOptions, option: Option) -> None:
    from hmp.encoding import to_unicode
    from hmp.lessons.library import use_folder

    use_folder(to_unicode(option.argument))


def _set_recording(program: ProgramOptions, option: Option) -> None:
    program.recording = option.argument


def _write_config(program: ProgramOptions, option: Option) -> None:
    program.writes_config = True


def _daemonize(program: ProgramOptions, option: Option) -> None:
    program.daemonize = True


def _set_pid_file(program: ProgramOptions, option: Option) -> None:
    program.pid_file = option.argument


def _exit_on_error(program: ProgramOptions, option: Option) -> None:
    program.exit_on_error = True


HANDLERS: dict[str, Callable[[ProgramOptions, Option], None]] = {
    "fleet": _set_fleet,
    "connect": _set_target,
    "write": _allow_writing,
    "force": _allow_all,
    **dict.fromkeys(SWITCHES, _set_switch),
    "speed": _set_speed,
    "completion": _print_completion,
    "play": _set_lesson,
    "step": _play_by_step,
    "check-lesson": _add_checked_lesson,
    "lessons": _set_lesson_folder,
    "record": _set_recording,
    "write-config": _write_config,
    "daemonize": _daemonize,
    "pidfile": _set_pid_file,
    "exit-on-error": _exit_on_error,
    **dict.fromkeys(CONSOLE_HELP, _set_setting),
}
"""What each option does; options of other names are about the machine."""
