"""Text inside hmp is bytes, held in a str with one character for each byte (Latin-1), as QEMU works
on bytes.

Only the front ends (terminal, pipe, socket, command line) convert; all other packages see such
texts alone.
"""


def to_latin1(text: str) -> str:
    """Return the UTF-8 bytes of a Unicode text; surrogate escapes stand for single bytes."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


def to_unicode(latin1: str) -> str:
    """Return the bytes as Unicode text; bytes that are no UTF-8 become U+FFFD, as in QMP."""
    return latin1 if latin1.isascii() else latin1.encode("latin-1").decode("utf-8", "replace")
