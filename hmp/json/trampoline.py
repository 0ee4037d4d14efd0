"""Recursion as deep as the data, without the interpreter's stack: functions that yield what they would call.

What recurs, and how deep it may, is the caller's business.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

Result = TypeVar("Result")
Recursive = Generator[Any, Any, Result]


def run(first: Recursive[Result]) -> Result:
    """The result of a generator that yields generators and is sent their results; errors pass through."""
    waiting: list[Recursive[Any]] = [first]
    result: Any = None
    while waiting:
        try:
            deeper = waiting[-1].send(result)
        except StopIteration as finished:
            waiting.pop()
            result = finished.value
        else:
            waiting.append(deeper)
            result = None
    final: Result = result
    return final
