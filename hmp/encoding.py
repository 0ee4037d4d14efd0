"""Text inside hmp is octets: a str with one character for each byte, as the reference works on
bytes.

Only the mouths (terminal, pipe, socket, command line) convert; every other room sees octets alone.
"""


def to_latin1(text: str) -> str:
    """Octets of a text that came from a terminal, JSON or the command line (surrogate escapes are
    bytes).
    """
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


def to_unicode(octets: str) -> str:
    """Readable text of octets; bytes that are no UTF-8 become U+FFFD, as QMP shows them."""
    return octets if octets.isascii() else octets.encode("latin-1").decode("utf-8", "replace")
