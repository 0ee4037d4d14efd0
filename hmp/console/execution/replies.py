"""Collect the reply to a line, and show it: on the screen, in the pager, or redirected."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractContextManager

from hmp.commands.registry import COMMANDS
from hmp.console.builtins import builtin_list
from hmp.console.context import ConsoleContext
from hmp.console.line import ConsoleLine, redirect_output
from hmp.console.output import Fragments, exceeds_screen, plain_text, show_in_pager
from hmp.console.progress import Progress, ProgressInWords, interruptible
from hmp.console.terminal import Terminal
from hmp.encoding import to_latin1, to_unicode
from hmp.errors import HostError
from hmp.grammar.redirection import Redirection
from hmp.machine.progress import InterruptedByUserError
from hmp.monitor import Reply, error_text
from hmp.text import visible, wrap

# Longer replies are not shown in a pager, which would have to wait for all of them.
MAX_PAGED_BYTES = 1 << 22
HELP_NAMES, CLEAR = COMMANDS.commands["help"].names, "clear"


class Replies:
    """Shows replies on the terminal of a console."""

    def __init__(self, context: ConsoleContext, terminal: Terminal) -> None:
        self._context, self._output, self._terminal = context, context.output, terminal

    def progress(self) -> AbstractContextManager[Progress]:
        """Return a context in which the progress of long work is shown, and Ctrl-C cancels it."""
        if self._output.in_words:
            progress: Progress = ProgressInWords(self._output.note)
        else:
            progress = Progress(self._output.write_drawing, lambda: self._output.size.columns)
        return interruptible(progress, self._terminal.interrupts)

    async def collect(
        self, parts: AsyncIterator[str], redirection: Redirection, progress: Progress
    ) -> str:
        """Return the text of a reply, until it is interrupted; of a very long one that is not
        redirected, which is written as it comes, the rest.
        """
        found: list[str] = []
        size, is_long = 0, False
        async for part in parts:
            found.append(part)
            size += len(part)
            is_long = is_long or (size > MAX_PAGED_BYTES and not redirection.operator)
            if is_long:
                progress.erase()
                self._output.write("".join(found))
                found.clear()
            await self._output.drained()
            if seconds := self._context.session.take_pause():
                await asyncio.sleep(seconds)
            if progress.cancelled:
                break
        return "".join(found)

    async def show(self, line: ConsoleLine, reply: Reply) -> None:
        """Show a reply as it is, or write it where it is redirected."""
        if line.redirection.operator and not reply.failed:
            try:
                await self._redirect(line.redirection, reply.text)
            except HostError as error:
                self._output.write(to_latin1(error_text(error)))
        elif line.parsed.name.value == CLEAR and not reply.failed:
            # Its escape sequences are what it does.
            self._output.write_controls(reply.text)
        elif not reply.text:
            return
        elif not await self._page(text := to_unicode(reply.text), lambda: visible(text)):
            self._output.write(reply.text)

    async def show_fragments(
        self, fragments: Fragments, redirection: Redirection, is_paged: bool = True
    ) -> None:
        """Show what a command of the console returns, or write it where it is redirected."""

        def styled() -> str:
            return self._output.to_ansi(fragments)

        if redirection.operator:
            await self._redirect(redirection, to_latin1(self._output.plain(fragments)))
        elif not (is_paged and await self._page(plain_text(fragments), styled)):
            self._output.show(fragments)

    def show_error(self, message: str) -> None:
        """Show the error of a command of the console, which is broken between words."""
        columns = self._output.size.columns
        for line in message.split("\n")[:-1]:
            self._output.write(to_latin1("".join(f"{part}\n" for part in wrap(line, columns))))

    async def _redirect(self, redirection: Redirection, text: str) -> None:
        await self._output.drained()
        with self._terminal.lent():
            work = redirect_output(redirection, text)
            # Ctrl-C is a signal to a shell command, too, which decides what it does about it.
            status = await (work if redirection.operator == "|" else self._interruptible(work))
        if status:
            self._output.note(f"the command ended with status {status}")

    async def _interruptible(self, work: Coroutine[object, object, int]) -> int:
        """Return what a coroutine returns; Ctrl-C cancels it, which is an error."""
        loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)
        with self._terminal.interrupts.calling(lambda: loop.call_soon_threadsafe(task.cancel)):
            try:
                return await task
            except asyncio.CancelledError:
                present = asyncio.current_task()
                if present and present.cancelling():
                    raise
                raise InterruptedByUserError("interrupted") from None

    async def _page(self, text: str, styled: Callable[[], str]) -> bool:
        """Show a text that is longer than the screen in the pager; return whether it was shown."""
        size = self._output.size
        if not (
            self._output.has_pager
            and self._context.settings.is_enabled("pager")
            and exceeds_screen(text, size.rows, size.columns)
        ):
            return False
        await self._output.drained()
        with self._terminal.lent():
            return await show_in_pager(styled())

    def extend_help(self, line: ConsoleLine) -> None:
        """Add examples and option tables to `help`, and the console's commands to both lists."""
        parsed = line.parsed
        if parsed.name.value in HELP_NAMES:
            words = [word for word in parsed.values["words"] if word is not None]
        elif parsed.name.value == "info" and parsed.subcommand is None:
            words = ["info"]
        else:
            return
        from hmp.assist.help.pages import extra_help

        width = self._output.size.columns
        lines = extra_help(self._context.commands, list(builtin_list()), words, width)
        self._output.show(
            [("class:hint" if line.endswith(":") else "", f"{line}\n") for line in lines]
        )
