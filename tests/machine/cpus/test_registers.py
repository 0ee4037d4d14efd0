"""Registers: those that expressions know by name, and those of the chosen CPU."""

from __future__ import annotations

from hmp.grammar.expressions import REGISTERS
from hmp.machine.cpus.registers import register_values
from hmp.machine.machine import Machine
from tests.support import run_lines, start_monitor


def test_every_value_has_a_name_in_the_grammar(machine: Machine) -> None:
    values = register_values(machine, 0)
    assert values is not None and values.keys() <= REGISTERS


def test_the_chosen_cpu() -> None:
    with start_monitor("-smp 2") as monitor:
        assert run_lines(monitor, "info registers").startswith("\nCPU#0\n")
        shown = run_lines(monitor, "cpu 1", "info registers")
        assert shown.startswith("\nCPU#1\n") and " HLT=1\n" in shown
        assert run_lines(monitor, "p/x $rdx") == "0x60fb1\n"
