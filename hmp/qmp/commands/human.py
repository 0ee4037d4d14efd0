"""human-monitor-command: a line of the human monitor over QMP (docs/qemu-behaviour/qmp.md §A8); and
x-hmp-execute, which also says whether it failed.
"""

from __future__ import annotations

from hmp.machine.cpus import topology
from hmp.monitor import Execution
from hmp.qmp.command import Arguments, Handler, Parameter, QmpCommand, Steps
from hmp.qmp.context import Context
from hmp.qmp.messages import LongText
from hmp.qmp.types import BOOLEAN, INTEGER, STRING, Structure


def human_monitor_command(ctx: Context, arguments: Arguments) -> Steps:
    """Return the output of a line, errors included, with CR LF as line ends.

    Each line chooses its CPU anew; the last /fmt is kept.
    """
    index = (
        topology.check_index(ctx.machine, arguments["cpu-index"]) if "cpu-index" in arguments else 0
    )
    ctx.human.context.cpu = index
    text = LongText()
    # Not run_line: such a line enters no history (docs/qemu-behaviour/monitor.md §8), and the guest
    # runs after the reply of QMP.
    for part in Execution(ctx.human, arguments["command-line"]):
        text.parts.append(part.replace("\n", "\r\n"))
        yield
    return text


def execute(ctx: Context, arguments: Arguments) -> object:
    """Return the output of a line, with LF as line ends, and whether it failed."""
    reply = ctx.human.execute(arguments["command-line"])
    return {"text": reply.text, "failed": reply.failed}


def _info(topic: str) -> Handler:
    """Return a handler that answers with the text of a subcommand of info, or its error."""

    def answer(ctx: Context, arguments: Arguments) -> object:
        reply = ctx.human.execute(f"info {topic}")
        if reply.error:
            raise reply.error
        return {"human-readable-text": reply.text}

    return answer


COMMANDS = (
    *(
        QmpCommand(f"x-query-{topic}", _info(topic), is_recorded=True)
        for topic in ("numa", "ramblock", "usb")
    ),
    QmpCommand(
        "x-hmp-execute",
        execute,
        (Parameter("command-line"),),
        Structure({"text": STRING, "failed": BOOLEAN}),
    ),
    QmpCommand(
        "human-monitor-command",
        human_monitor_command,
        (Parameter("command-line"), Parameter("cpu-index", INTEGER, optional=True)),
        STRING,
    ),
)
