"""The folder of a lesson: temporary, and where its relative paths are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from tempfile import TemporaryDirectory

from hmp.errors import HostError


class LessonFolder:
    """A temporary folder; raises HostError when there is no place for one."""

    def __init__(self) -> None:
        with HostError.wrapping_os_errors("can't make a folder for the lesson"):
            self._folder = TemporaryDirectory(prefix="hmp-lesson-", ignore_cleanup_errors=True)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Make it the working directory meanwhile."""
        # By its descriptor, since the present one may have no name any more.
        before = os.open(".", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.chdir(self._folder.name)
            yield
        finally:
            os.fchdir(before)
            os.close(before)

    def entered_if(self, wanted: bool) -> AbstractContextManager[None]:
        """Make it the working directory meanwhile, or do nothing."""
        return self.entered() if wanted else nullcontext()

    def remove(self) -> None:
        """Remove the folder with what is in it."""
        self._folder.cleanup()
