"""scripts/differential: compares until enough was tried."""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Sequence

from scripts.lib.differential.run import DEVICE_LOOK, OPTION_LOOK, Run
from scripts.lib.differential.types import type_lines
from scripts.lib.generators.random_memory import memory_line
from scripts.lib.generators.random_options import option_line
from scripts.lib.generators.random_startup import command_line

LINES_PER_SESSION = 100
STARTS_PER_SESSION = 12
DEVICES_PER_SESSION = 40
KINDS = ("lines", "options", "devices", "memory", "plugs")


def main() -> int:
    """Compare until enough commands were tried; list every difference, and the templates provoked
    and not provoked. The words `lines`, `options`, `devices`, `memory`, `plugs` and `types` choose
    what is tried.
    """
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    run = Run(random.Random(seed))
    kinds = sys.argv[3:] or KINDS
    if "types" in kinds:
        for line, _number in zip(type_lines(run.chance), range(wanted), strict=False):
            run.start(line, DEVICE_LOOK)
    while run.compared < wanted and set(kinds) & set(KINDS):
        _round(run, wanted, kinds)
    _summarize(run, seed)
    return 1 if _unexplained(run) else 0


def _round(run: Run, wanted: int, kinds: Sequence[str]) -> None:
    """Try some of each kind, as far as that many are wanted."""

    def repeat(count: int, start: Callable[[], None]) -> None:
        for _ in range(min(count, wanted - run.compared)):
            start()

    if "lines" in kinds:
        run.session(min(LINES_PER_SESSION, wanted - run.compared))
        repeat(STARTS_PER_SESSION, lambda: run.start(command_line(run.chance)))
    if "options" in kinds:
        repeat(STARTS_PER_SESSION, lambda: run.start(option_line(run.chance), OPTION_LOOK))
    if "devices" in kinds:
        run.devices(min(DEVICES_PER_SESSION, wanted - run.compared))
        repeat(DEVICES_PER_SESSION // 4, run.start_with_devices)
    if "memory" in kinds:
        repeat(STARTS_PER_SESSION, lambda: run.start(memory_line(run.chance)))
    if "plugs" in kinds:
        run.plugs(min(DEVICES_PER_SESSION, wanted - run.compared))


def _unexplained(run: Run) -> int:
    return sum(not found.startswith("[") for found in run.differences)


def _summarize(run: Run, seed: int) -> None:
    """Print the templates and the figures."""
    for title, found in (
        ("templates provoked", run.coverage.provoked),
        ("templates not provoked", run.coverage.missing),
    ):
        print(f"\n{title} ({len(found)}):", *sorted(found), sep="\n  ")
    names = Counter(found[1:].partition("]")[0] for found in run.differences if found[0] == "[")
    for name, count in names.most_common():
        print(f"{count} times: {name}")
    agreed = run.compared - len(run.differences)
    print(
        f"seed {seed}: {agreed} of {run.compared} agree, {100 * agreed / run.compared:.2f} %; "
        f"{_unexplained(run)} differences are no named exception"
    )


if __name__ == "__main__":
    sys.exit(main())
