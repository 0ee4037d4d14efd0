"""Dividing a width among spans: to scale, and so that nothing that is there vanishes.

Pure arithmetic; what the parts are is not known here.
"""

from __future__ import annotations

from collections.abc import Sequence


def to_scale(sizes: Sequence[int], width: int, least: int = 1) -> list[int]:
    """Widths that add up to `width`, each at least `least`, proportional to the sizes as far as that allows.

    With more parts than there is room for, the last ones get nothing.
    """
    count = min(len(sizes), width // least)
    total = sum(sizes[:count]) or 1
    widths = [max(least, size * width // total) for size in sizes[:count]]
    while widths and sum(widths) != width:
        step = 1 if sum(widths) < width else -1
        # What is too much or too little goes to the part whose share is furthest from its size.
        candidates = [index for index in range(count) if step > 0 or widths[index] > least]
        chosen = max(candidates, key=lambda index: step * (sizes[index] * width / total - widths[index]))
        widths[chosen] += step
    return widths + [0] * (len(sizes) - count)
