"""JSON in one piece, as object_add, qom-set -j and the command line take it (spec/backends.md section 4).

Tokens and values are read as in QMP; only what the end of the text means is decided here.
"""

from __future__ import annotations

from itertools import chain

from hmp.errors import InputError
from hmp.json.lexer import END, Lexer
from hmp.json.parser import Builder


def read_json(text: str) -> object:
    """The value of a JSON text in octets; objects are dicts, integers ints; InputError as the reference words it."""
    lexer, builder, complete = Lexer(), Builder(), False
    for token in chain(lexer.feed(text), lexer.end()):
        if complete and token.kind == END:
            break
        if complete:
            raise InputError("Expecting at most one JSON value")
        complete = builder.push(token)
    return builder.value
