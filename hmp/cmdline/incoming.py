"""-incoming: `defer`, a URI, or a channel in key=value text or JSON."""

from __future__ import annotations

from hmp.cmdline.inert.structures import NoHelpError
from hmp.errors import ChoiceError, InputError, MissingParameterError, ParameterTypeError
from hmp.grammar import terminals
from hmp.grammar.keyval import parse_keyval
from hmp.machine.migration.incoming import DEFER, split_uri

CHANNELS = ("main", "cpr")
URI = r"[^,={]+:.*"


def check_incoming(text: str) -> str:
    """Return the URI that a -incoming asks for; InputError for a malformed one."""
    if text == DEFER:
        return text
    if terminals.fullmatch(URI, text):
        split_uri(text)
        return text
    if text.startswith("{"):
        from hmp.json.parser import parse_json

        given = parse_json(text)
        assert isinstance(given, dict)
    else:
        found = parse_keyval(text, "channel-type")
        if found.wants_help:
            raise NoHelpError
        given = found.tree
    return _channel_uri(given)


def _channel_uri(given: dict[str, object]) -> str:
    kind, address = given.get("channel-type"), given.get("addr")
    if kind is None:
        raise MissingParameterError("channel-type")
    if kind not in CHANNELS:
        raise ChoiceError("channel-type", str(kind))
    if address is None:
        raise MissingParameterError("addr")
    if not isinstance(address, dict):
        raise ParameterTypeError("addr", "object")
    if address.get("transport") == "socket" and address.get("type") == "inet":
        return f"tcp:{address.get('host', '')}:{address.get('port', '')}"
    if address.get("transport") == "socket" and address.get("type") == "unix":
        return f"unix:{address.get('path', '')}"
    raise InputError("such a channel is not supported by hmp")
