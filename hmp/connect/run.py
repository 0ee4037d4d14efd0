"""Run a script or a console in front of a running QEMU."""

from __future__ import annotations

from collections.abc import Callable

from hmp.cmdline.configuration import Configuration
from hmp.cmdline.errors import StartupError
from hmp.collector import no_collection
from hmp.connect.connection import Connection
from hmp.connect.links.inbox import Inbox
from hmp.connect.links.link import Link, LinkError
from hmp.connect.links.target import Target, parse_target
from hmp.connect.monitor import RemoteMonitor
from hmp.connect.safety import Permissions
from hmp.encoding import to_latin1, to_unicode
from hmp.serve.scripting.runner import run_script
from hmp.serve.streams import is_terminal


def run_connected(configuration: Configuration, to_stderr: Callable[..., None]) -> int:
    """Run stdin, or a console on the terminal, against the target; return the exit status.

    Raises:
        StartupError: The target can't be reached.
    """
    target = parse_target(to_unicode(configuration.program.target))
    allowed = Permissions(configuration.program.writes, configuration.program.forces)
    inbox = Inbox()
    try:
        with no_collection():
            link = open_link(target, inbox, to_stderr)
            monitor = RemoteMonitor(Connection(link, inbox), allowed, to_stderr)
    except LinkError as error:
        raise StartupError(to_latin1(f"{target.text}: {error.message}")) from None
    if is_terminal() and not configuration.program.script:
        from hmp.connect.console import run_remote_console

        return run_remote_console(configuration, monitor)
    if configuration.program.recording:
        raise StartupError("--record needs a terminal")
    try:
        return run_script(monitor, configuration)
    finally:
        link.close()


def open_link(target: Target, inbox: Inbox, to_stderr: Callable[..., None]) -> Link:
    """Return a link to a target; raise LinkError when it can't be reached."""
    if target.kind in ("unix", "tcp"):
        from hmp.connect.links.qmp import QmpLink

        return QmpLink(target, inbox.put)
    if target.kind in ("hmp", "telnet"):
        from hmp.connect.links.lines import LineLink

        return LineLink(target, inbox.put)
    from hmp.connect.links.libvirt import TAINTED, LibvirtLink

    to_stderr(f"{target.text}: {TAINTED}")
    return LibvirtLink(target, inbox.put)
