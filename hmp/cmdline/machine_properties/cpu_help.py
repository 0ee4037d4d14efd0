"""-cpu help: the CPU models, and the flags that they may have."""

from __future__ import annotations

import textwrap

from hmp.machine.cpus.recorded import help_flags, help_rows

NAME_WIDTH, LINE_WIDTH = 20, 75


def cpu_help() -> str:
    """Return QEMU's text of `-cpu help`."""
    models = "".join(f"  {name:<{NAME_WIDTH}}  {text}\n" for name, text in help_rows())
    flags = textwrap.fill(
        " ".join(help_flags()),
        LINE_WIDTH,
        initial_indent="  ",
        subsequent_indent="  ",
        break_on_hyphens=False,
    )
    return f"Available CPUs:\n{models}\nRecognized CPUID flags:\n{flags}\n\n"
