"""Objects of which QEMU lists the children in the order of its hash table."""

from __future__ import annotations

from hmp.machine.qom.name_table import NameTable
from hmp.machine.qom.object import Object


class Container(Object):
    """An object that is there for its children."""

    def __init__(self) -> None:
        super().__init__()
        self._names = NameTable()

    def add(self, name: str, child: Object) -> None:
        super().add(name, child)
        self._names.add(name)

    def forget(self, name: str) -> None:
        super().forget(name)
        self._names.remove(name)

    def visited(self) -> list[Object]:
        """Return the children in the order in which QEMU visits them."""
        return [self.children[name] for name in self._names]
