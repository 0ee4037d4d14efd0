"""The object tree: named children, declared properties, and how paths are resolved.

No type of the machine is known here beyond containers (docs/qemu-behaviour/monitor.md §9).
"""

from __future__ import annotations

from typing import ClassVar

from hmp.errors import DeviceNotFoundError, ParameterError, ParameterTypeError, StateError
from hmp.machine.qom.property import Link, Property, Text

TYPE = Property("type", Text(), settable=False)


class PropertyNotFoundError(ParameterError):
    """The type has no property of that name."""

    def __init__(self, type_name: str, property: str) -> None:
        super().__init__(property, f"Property '{type_name}.{property}' not found")
        self.type_name, self.property = type_name, property


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
    by_name: ClassVar[dict[str, Property]] = {TYPE.name: TYPE}
    links: ClassVar[frozenset[str]] = frozenset()
    link_names: ClassVar[set[str]] = set()

    def __init_subclass__(cls) -> None:
        """Index the declaration: paths are looked up in every object of the tree."""
        cls.by_name = {item.name: item for item in (TYPE, *cls.declared)}
        cls.links = frozenset(item.name for item in cls.declared if isinstance(item.kind, Link))
        Object.link_names.update(cls.links)

    def __init__(self) -> None:
        self.name = ""
        self.parent: Object | None = None
        self.children: dict[str, Object] = {}
        self.values: dict[str, object] = {item.name: item.default for item in self.declared}

    def is_a(self, type_name: str) -> bool:
        """Whether the object is of that type or derives from it."""
        return type_name == self.type_name or type_name in self.ancestors

    def add(self, name: str, child: Object) -> None:
        """Adopt a child; DuplicateNameError when the name is taken by a child or property."""
        self.check_name_free(name)
        self.children[name] = child
        child.name, child.parent = name, self
        root = self.root()
        if isinstance(root, Root):
            root.enter(child)

    def check_name_free(self, name: str) -> None:
        """Raise DuplicateNameError when a child or property has that name."""
        if name in self.children or self.property(name):
            raise DuplicateNameError(name, self.type_name)

    def remove(self) -> None:
        """Leave the tree; harmless for an object that is in none."""
        if self.parent is not None:
            root = self.root()
            if isinstance(root, Root):
                root.leave(self)
            del self.parent.children[self.name]
            self.parent = None

    def root(self) -> Object:
        """The top of the tree that the object is in."""
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
        """Every declared property, `type` first."""
        return (TYPE, *self.declared)

    def property(self, name: str) -> Property | None:
        """The declared property of that name."""
        return self.by_name.get(name)

    def holder(self, name: str) -> Object:
        """The object that really has a property: another one where properties are passed on."""
        return self

    def list_properties(self) -> list[tuple[str, str]]:
        """(name, type) of every property and child, as qom-list shows them."""
        own = [(item.name, item.kind.label) for item in self.properties()]
        return own + [(name, f"child<{child.type_name}>") for name, child in self.children.items()]

    def get(self, name: str) -> object:
        """A property's value as JSON data; links and children are absolute paths, an unset link is
        empty.
        """
        if name in self.children:
            return self.children[name].path
        item = self.property(name)
        if item is None:
            raise PropertyNotFoundError(self.type_name, name)
        value = self.type_name if item is TYPE else self.show(item)
        return "" if value is None else value.path if isinstance(value, Object) else value

    def show(self, item: Property) -> object:
        """The present value of a declared property; types override it for computed ones."""
        return self.values[item.name]

    def set(self, item: Property, value: object) -> None:
        """Store a value that was read by the property's kind; types override it to check and to
        act.
        """
        self.values[item.name] = value

    def check_writable(self, item: Property, before_reading: bool) -> None:
        """Raise StateError when the property can't change now; called before and after the value is
        read.
        """

    def step(self, name: str) -> Object | None:
        """The child of that name, or what a set link property of that name leads to."""
        child = self.children.get(name)
        if child is not None:
            return child
        target = self.show(self.by_name[name]) if name in self.links else None
        return target if isinstance(target, Object) else None

    def walk(self) -> list[Object]:
        """The object and everything below it."""
        found = [self]
        for node in found:
            if node.children:
                found.extend(node.children.values())
        return found

    def follow(self, path: str) -> Object | None:
        """Follow a relative path of children and links."""
        node: Object | None = self
        for part in path.split("/"):
            if part and node is not None:
                node = node.step(part)
        return node


class UserObject(Object):
    """An object that users make and delete."""

    def complete(self) -> None:
        """Become what the properties ask for; HmpError when that can't be."""

    def check_deletable(self) -> None:
        """Raise StateError while somebody needs it."""

    def release(self) -> None:
        """Give back what it holds."""


class Root(Object):
    """The top of a machine's tree; it knows by name where objects are, since partial paths may
    begin anywhere.
    """

    def __init__(self) -> None:
        super().__init__()
        self._named: dict[str, list[Object]] = {}

    def enter(self, node: Object) -> None:
        """Take note of an object and everything below it."""
        for item in node.walk():
            self._named.setdefault(item.name, []).append(item)

    def leave(self, node: Object) -> None:
        """Forget an object and everything below it."""
        for item in node.walk():
            self._named[item.name].remove(item)

    def starts(self, name: str) -> list[Object]:
        """The objects from which a step of that name leads somewhere."""
        if name in Object.link_names:
            return [node for node in self.walk() if name in node.children or name in node.links]
        return [node.parent for node in self._named.get(name, ()) if node.parent is not None]


def resolve(root: Root, path: str) -> tuple[Object | None, bool]:
    """What an absolute or partial path leads to, and whether it is ambiguous
    (docs/qemu-behaviour/monitor.md §9).
    """
    if path.startswith("/"):
        return root.follow(path), False
    hits = _partial_hits(root, path) if path else [root, root]
    if len(hits) == 1:
        return hits[0], False
    return None, len(hits) > 1


def _partial_hits(root: Root, path: str) -> list[Object]:
    """What a partial path leads to from every object of the tree."""
    starts = root.starts(path.lstrip("/").partition("/")[0])
    return [hit for node in starts if (hit := node.follow(path)) is not None]


def find_to_list(root: Root, path: str) -> Object:
    """As `find`, for qom-list, which tells an ambiguous path from a missing one."""
    found, is_ambiguous = resolve(root, path)
    if found is None and is_ambiguous:
        raise AmbiguousPathError(path)
    return found or find(root, path)


def find(root: Root, path: str) -> Object:
    """What a path leads to; DeviceNotFoundError when nothing does or several do."""
    found, _ambiguous = resolve(root, path)
    if found is None:
        raise DeviceNotFoundError(path)
    return found


def find_link(root: Root, item: Property, path: str) -> Object | None:
    """The target of a link property set to `path`; None for the empty path; errors for missing or
    wrong type.
    """
    if not path:
        return None
    assert isinstance(item.kind, Link)
    target = item.kind.target
    if not path.startswith("/"):
        # A partial path is looked for among objects of the type alone: a device may have its
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
