"""All rules of advice in one list, and the search through it.

The rules themselves stand by topic in the modules beside.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hmp.assist.advice import memory, names, places
from hmp.assist.advice.situation import Advice, Situation
from hmp.assist.line import read_line
from hmp.assist.vocabulary import Vocabulary

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

RULES = (*places.RULES, *memory.RULES, *names.RULES)


def advise(machine: Machine, vocabulary: Vocabulary, text: str, refusal: str) -> Advice:
    """What would succeed in place of a refused line; both texts empty when nothing better is known than the refusal."""
    situation = Situation(machine, vocabulary, read_line(text, vocabulary))
    for sentence in refusal.splitlines():
        plain = sentence.removeprefix("Error: ")
        for pattern, rule in RULES:
            found = re.fullmatch(pattern, plain)
            if found:
                return rule(situation, found)
    return Advice("")
