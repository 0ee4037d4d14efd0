"""The object tree: named children, declared properties, and how paths are resolved
(docs/qemu-behaviour/monitor.md §9).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from hmp.errors import DeviceNotFoundError, ParameterError, ParameterTypeError, StateError
from hmp.machine.qom.property import Link, Property, Text

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

TYPE_PROPERTY: Property[str] = Property(Text(), name="type", settable=False)


class PropertyNotFoundError(ParameterError):
    """The type has no property of that name."""

    def __init__(self, type_name: str, property: str) -> None:
        super().__init__(property, f"Property '{type_name}.{property}' not found")
        self.type_name, self.property = type_name, property


class ReadOnlyPropertyError(StateError):
    """The property can be read only."""

    def __init__(self, type_name: str, property: str) -> None:
        super().__init__(f"Property '{type_name}.{property}' is not writable")
        self.type_name = type_name
        self.property = self.parameter = property


class DuplicateNameError(StateError):
    """The object already has a child or property of that name."""

    parameter = "id"

    def __init__(self, name: str, type_name: str) -> None:
        super().__init__(
            f"attempt to add duplicate property '{name}' to object (type '{type_name}')"
        )
        self.name, self.type_name = name, type_name


class AmbiguousPathError(StateError):
    """A partial path that leads to several objects."""

    parameter = "path"

    def __init__(self, path: str) -> None:
        super().__init__(f"Path '{path}' is ambiguous")
        self.path = path


class Object:
    """A node of the tree: a type name, declared properties with their values, children and a
    parent.
    """

    type_name = "container"
    ancestors: ClassVar[tuple[str, ...]] = ()
    declared: ClassVar[tuple[Property, ...]] = ()
    by_name: ClassVar[dict[str, Property]] = {TYPE_PROPERTY.name: TYPE_PROPERTY}
    links: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls) -> None:
        """Collect the declarations: those of the base class, then the class's own, in their order.

        QEMU checks values in this order, and lists them in it.
        """
        inherited = [item for base in cls.__bases__ for item in getattr(base, "declared", ())]
        own = (item for item in vars(cls).values() if isinstance(item, Property))
        cls.declared = tuple(dict.fromkeys((*inherited, *own)))
        cls.by_name = {item.name: item for item in (TYPE_PROPERTY, *cls.declared)}
        cls.links = frozenset(item.name for item in cls.declared if isinstance(item.type, Link))

    def __init__(self) -> None:
        self.name = ""
        self.parent: Object | None = None
        self.children: dict[str, Object] = {}

    def is_a(self, type_name: str) -> bool:
        """Return whether the object is of that type or derives from it."""
        return type_name == self.type_name or type_name in self.ancestors

    def add(self, name: str, child: Object) -> None:
        """Add a child; raise DuplicateNameError when a child or property has the name."""
        self.check_name_free(name)
        self.children[name] = child
        child.name, child.parent = name, self
        root = self.root()
        if isinstance(root, Root):
            root.index(child)

    def check_name_free(self, name: str) -> None:
        """Raise DuplicateNameError when a child or property has that name."""
        if name in self.children or self.property(name):
            raise DuplicateNameError(name, self.type_name)

    def remove(self) -> None:
        """Leave the tree; do nothing for an object that is in none."""
        if self.parent is not None:
            root = self.root()
            if isinstance(root, Root):
                root.unindex(self)
            self.parent.forget(self.name)
            self.parent = None

    def forget(self, name: str) -> None:
        """Take a child out of the list, as it leaves the tree."""
        del self.children[name]

    def root(self) -> Object:
        """Return the top of the tree that the object is in."""
        node = self
        while node.parent is not None:
            node = node.parent
        return node

    @property
    def path(self) -> str:
        """Absolute path, such as `/objects/mem1`."""
        names, node = [], self
        while node.parent is not None:
            names.append(node.name)
            node = node.parent
        return "/" + "/".join(reversed(names))

    def properties(self) -> tuple[Property, ...]:
        """Return every declared property, `type` first."""
        return (TYPE_PROPERTY, *self.declared)

    def property(self, name: str) -> Property | None:
        """Return the declared property of that name, or None."""
        return self.by_name.get(name)

    def property_owner(self, name: str) -> Object:
        """Return the object that has the property: another one where properties are forwarded."""
        return self

    def list_properties(self) -> list[tuple[str, str]]:
        """Return (name, type) of every property and child, in the order of qom-list."""
        own = [(item.name, item.type.label) for item in self.properties()]
        return own + [(name, f"child<{child.type_name}>") for name, child in self.children.items()]

    def get(self, name: str) -> object:
        """Return a property's value as JSON data; raise PropertyNotFoundError for an unknown name.

        Links and children are absolute paths; an unset link is empty.
        """
        if name in self.children:
            return self.children[name].path
        item = self.property(name)
        if item is None:
            raise PropertyNotFoundError(self.type_name, name)
        value = self.type_name if item is TYPE_PROPERTY else item.get(self)
        return "" if value is None else value.path if isinstance(value, Object) else value

    def set(self, item: Property, value: object) -> None:
        """Set a property to a value that a visitor read; raise HmpError when it is rejected."""
        item.set(self, value)

    def clear_links_to(self, target: Object) -> None:
        """Empty every link property that leads to an object."""
        for name in self.links:
            item = self.by_name.get(name)
            if item is not None and item.get(self) is target:
                setattr(self, item.attribute, None)

    def check_writable(self, item: Property, before_reading: bool) -> None:
        """Raise StateError when the property can't change now.

        Called before and after the value is read.
        """

    def resolve_component(self, name: str) -> Object | None:
        """Return the child of that name, or the target of a set link property of that name."""
        child = self.children.get(name)
        if child is not None:
            return child
        target = self.by_name[name].get(self) if name in self.links else None
        return target if isinstance(target, Object) else None

    def walk(self) -> list[Object]:
        """Return the object and everything below it; links are not followed."""
        found = [self]
        # The list grows while it is walked.
        for node in found:
            if node.children:
                found.extend(node.children.values())
        return found

    def resolve_path(self, path: str) -> Object | None:
        """Return what a relative path of children and links leads to, or None.

        Repeated and trailing slashes count for nothing (docs/qemu-behaviour/monitor.md §9).
        """
        node: Object | None = self
        for part in path.split("/"):
            if part and node is not None:
                node = node.resolve_component(part)
        return node


class UserObject(Object):
    """An object that users create and delete."""

    @classmethod
    def for_machine(cls, machine: Machine) -> Self:
        """Return a new object, which is not in the machine's tree yet."""
        return cls()

    def complete(self) -> None:
        """Realize what the properties ask for; raise HmpError when that is impossible."""

    def check_deletable(self) -> None:
        """Raise StateError while the object is in use."""

    def release(self) -> None:
        """Release what the object holds of the host."""


class Root(Object):
    """The top of a machine's tree, with an index by name: partial paths may begin anywhere.

    Without the index, each memdev=ID would walk the whole tree.
    """

    def __init__(self) -> None:
        super().__init__()
        self._by_child_name: dict[str, list[Object]] = {}
        self._link_names: set[str] = set()

    @property
    def child_names(self) -> set[str]:
        """The names of all objects of the tree."""
        return set(self._by_child_name)

    def index(self, node: Object) -> None:
        """Index an object and everything below it."""
        for item in node.walk():
            self._by_child_name.setdefault(item.name, []).append(item)
            self._link_names |= item.links

    def unindex(self, node: Object) -> None:
        """Forget an object and everything below it."""
        for item in node.walk():
            named = self._by_child_name[item.name]
            named.remove(item)
            # Ids may be new for each plug: none may stay behind.
            if not named:
                del self._by_child_name[item.name]

    def origins(self, name: str) -> list[Object]:
        """Return the objects that have a child or link of that name.

        Every object of the tree may be the origin of a partial path.
        """
        # Links are not indexed, since they change; few partial paths begin with the name of one.
        if name in self._link_names:
            return [node for node in self.walk() if name in node.children or name in node.links]
        named = self._by_child_name.get(name, ())
        return [node.parent for node in named if node.parent is not None]


def resolve(root: Root, path: str) -> tuple[Object | None, bool]:
    """Return what an absolute or partial path leads to, and whether it is ambiguous
    (docs/qemu-behaviour/monitor.md §9).
    """
    # Two hits, because the empty path counts as ambiguous.
    if path.startswith("/"):
        return root.resolve_path(path), False
    hits = _partial_hits(root, path) if path else [root, root]
    if len(hits) == 1:
        return hits[0], False
    return None, len(hits) > 1


def _partial_hits(root: Root, path: str) -> list[Object]:
    origins = root.origins(path.lstrip("/").partition("/")[0])
    return [hit for node in origins if (hit := node.resolve_path(path)) is not None]


def find_to_list(root: Root, path: str) -> Object:
    """Return what a path leads to, for qom-list: an ambiguous path is an AmbiguousPathError."""
    found, is_ambiguous = resolve(root, path)
    if found is None and is_ambiguous:
        raise AmbiguousPathError(path)
    return found or find(root, path)


def find(root: Root, path: str) -> Object:
    """Return what a path leads to; raise DeviceNotFoundError when nothing does or several do."""
    found, _ambiguous = resolve(root, path)
    if found is None:
        raise DeviceNotFoundError(path)
    return found


def find_link(root: Root, item: Property, path: str) -> Object | None:
    """Return the target of a link property set to `path`, None for the empty path.

    Raises DeviceNotFoundError when there is no such object, ParameterTypeError when it is of
    another type.
    """
    if not path:
        return None
    assert isinstance(item.type, Link)
    target = item.type.target
    if not path.startswith("/"):
        # A partial path is resolved among objects of the type alone: a device may have its
        # backend's id.
        hits = [hit for hit in _partial_hits(root, path) if hit.is_a(target)]
        if len(hits) == 1:
            return hits[0]
    try:
        found = find(root, path)
    except DeviceNotFoundError as error:
        error.parameter = item.name
        raise
    if not found.is_a(target):
        raise ParameterTypeError(item.name, target)
    return found
