"""Records: declared as a NamedTuple is, and as cheap as a class."""

from __future__ import annotations

import pytest

from hmp.record import Record


class Point(Record):
    """A point, with a default."""

    x: int
    y: int
    name: str = ""


class Place(Record):
    """Another record of the same fields."""

    x: int
    y: int
    name: str = ""


def test_values_by_position_by_name_and_by_default() -> None:
    assert tuple(Point(1, y=2)) == (1, 2, "") == tuple(Point(x=1, y=2))
    assert Point(1, 2, "p").name == "p"
    assert repr(Point(1, 2)) == "Point(x=1, y=2, name='')"


def test_equal_are_records_of_one_class_with_equal_values() -> None:
    assert Point(1, 2) == Point(1, 2, "") != Point(1, 3)
    assert Point(1, 2) != Place(1, 2)
    assert len({Point(1, 2), Point(1, 2), Point(2, 2)}) == 2


def test_replace_makes_another_one() -> None:
    point = Point(1, 2, "p")
    assert tuple(point.replace(y=3)) == (1, 3, "p")
    assert tuple(point) == (1, 2, "p")


def test_fields_stay_as_they_are() -> None:
    point = Point(1, 2)
    with pytest.raises(AttributeError, match=r"Point.x can't be set"):
        point.x = 2  # type: ignore[misc]
