"""Records of a few fields, declared as a NamedTuple is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, NoReturn, Self, dataclass_transform


@dataclass_transform(frozen_default=True)
class Record:
    """A base for classes of fields that stay as they are: `class Span(Record)` with `start: int`.

    Only modules that every start imports use it: Python compiles the annotations of a NamedTuple,
    and some forty of them took a fifth of the start.
    """

    fields: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        cls.fields = (*cls.fields, *vars(cls).get("__annotations__", ()))

    def __init__(self, *values: Any, **named: Any) -> None:
        # A field that is not given is the default, an attribute of the class.
        self.__dict__.update(zip(self.fields, values, strict=False))
        if named:
            self.__dict__.update(named)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__}.{name} can't be set")

    def __iter__(self) -> Iterator[Any]:
        return (getattr(self, name) for name in self.fields)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        values = (f"{name}={getattr(self, name)!r}" for name in self.fields)
        return f"{type(self).__name__}({', '.join(values)})"

    def replace(self, **changes: Any) -> Self:
        """Return a record with some other values."""
        return type(self)(**{**dict(zip(self.fields, self, strict=True)), **changes})
