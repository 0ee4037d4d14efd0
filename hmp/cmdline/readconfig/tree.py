"""Dotted keys of a section as a tree. QEMU builds it otherwise than that of key=value text: no
fragment is malformed, and the messages differ (experiments with -readconfig).
"""

from __future__ import annotations

from hmp.errors import InputError


def build_tree(values: dict[str, str]) -> dict[str, object]:
    """Return nested dictionaries and lists of texts; raise InputError for keys that contradict."""
    tree: dict[str, object] = {}
    for key, value in values.items():
        node = tree
        head, dot, rest = key.partition(".")
        while dot:
            child = node.setdefault(head, {})
            if not isinstance(child, dict):
                raise InputError("Cannot mix scalar and non-scalar keys")
            node = child
            head, dot, rest = rest.partition(".")
        if isinstance(node.get(head), dict):
            raise InputError("Cannot mix scalar and non-scalar keys")
        node[head] = value
    return {key: _with_lists(value) for key, value in tree.items()}


def _with_lists(node: object) -> object:
    if not isinstance(node, dict):
        return node
    children = {key: _with_lists(child) for key, child in node.items()}
    numeric = [key for key in children if key.isdigit()]
    if not numeric:
        return children
    if len(numeric) < len(children):
        raise InputError("Cannot mix list and non-list keys")
    largest = max(map(int, numeric))
    if largest != len(numeric) - 1:
        raise InputError(
            f"List indices are not contiguous, saw {len(numeric)} elements but "
            f"{largest} largest index"
        )
    return [children[key] for key in sorted(children, key=int)]
