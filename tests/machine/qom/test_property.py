"""Declared properties: the value on an object, the declaration on its class."""

from __future__ import annotations

import pytest

from hmp.errors import StateError
from hmp.machine.qom.object import Object, Root
from hmp.machine.qom.property import Boolean, Integer, Link, Property, Size, bool_property


class Base(Object):
    type_name = "base"
    size = Property(Size(), "Bytes", 4096, required=True)
    is_fast = bool_property(False)
    peer: Property[Object | None] = Property(Link("base"))


class Derived(Base):
    type_name = "derived"
    with_underscore = Property(Boolean(), default=True, name="with_underscore")
    double: Property[int] = Property(Integer(64), settable=False)

    @double.getter
    def _get_double(self) -> int:
        return 2 * self.size

    level = Property(Integer(32), default=1)

    @level.setter
    def _set_level(self, value: int) -> None:
        if value > 9:
            raise StateError("level is at most 9")
        self.level = value


def test_order_is_that_of_the_base_class_then_of_the_class_body() -> None:
    assert [item.name for item in Derived.declared] == [
        "size",
        "is-fast",
        "peer",
        "with_underscore",
        "double",
        "level",
    ]
    assert [item.name for item in Base.declared] == ["size", "is-fast", "peer"]


def test_value_is_an_attribute_with_a_default() -> None:
    one, other = Derived(), Derived()
    one.size = 8192
    assert (one.size, other.size, one.get("size")) == (8192, 4096, 8192)
    assert Derived.size is Derived.by_name["size"] and Derived.size.default == 4096


def test_getter_computes_the_value() -> None:
    found = Derived()
    found.size = 5
    assert found.double == found.get("double") == 10


def test_setter_checks_what_users_set_but_not_assignments() -> None:
    found = Derived()
    found.set(Derived.level, 3)
    with pytest.raises(StateError):
        found.set(Derived.level, 10)
    assert found.level == 3
    found.level = 10
    assert found.get("level") == 10


def test_cleared_link_is_shown_empty() -> None:
    root, one, other = Root(), Derived(), Base()
    root.add("one", one)
    root.add("other", other)
    one.peer = other
    assert one.get("peer") == "/other" and root.resolve_path("one/peer") is other
    one.clear_links_to(other)
    assert one.peer is None and one.get("peer") == ""


def test_link_is_an_origin_of_partial_paths() -> None:
    root, one = Root(), Derived()
    root.add("one", one)
    assert root.origins("peer") == [one] and root.origins("one") == [root]
