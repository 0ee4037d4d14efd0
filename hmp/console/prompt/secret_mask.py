"""Draw `***` in place of the data of a secret while a line is edited, for a terminal that is
recorded.
"""

from __future__ import annotations

from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.formatted_text.utils import fragment_list_to_text
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.layout.utils import explode_text_fragments

from hmp.console.secret_lines import MASK, secret_spans
from hmp.errors import Span


class SecretMask(Processor):
    """Masks the line and the suggestion after it; the cursor in a value is drawn in the mask."""

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        fragments = explode_text_fragments(transformation_input.fragments)
        spans = secret_spans(fragment_list_to_text(fragments))
        if not spans:
            return Transformation(fragments)
        shown: StyleAndTextTuples = []
        at = 0
        for start, end in spans:
            shown += [*fragments[at:start], (fragments[start][0], MASK)]
            at = end
        return Transformation(
            [*shown, *fragments[at:]],
            lambda position: to_display(spans, position),
            lambda position: to_source(spans, position),
        )


def to_display(spans: list[Span], position: int) -> int:
    """Return where a position in the line is when the spans are masked."""
    shift = 0
    for start, end in spans:
        if position <= start:
            break
        if position < end:
            return start + shift + min(position - start, len(MASK))
        shift += len(MASK) - (end - start)
    return position + shift


def to_source(spans: list[Span], position: int) -> int:
    """Return which position in the line is at one where the spans are masked."""
    shift = 0
    for start, end in spans:
        if position + shift <= start:
            break
        if position + shift < start + len(MASK):
            return min(position + shift, end)
        shift += (end - start) - len(MASK)
    return position + shift
