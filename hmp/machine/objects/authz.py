"""authz-*: who may connect to what; nothing here asks them."""

from __future__ import annotations

from typing import ClassVar

from hmp.machine.qapi.types import Described
from hmp.machine.qom.object import UserObject
from hmp.machine.qom.property import Boolean, Enumeration, HostPath, Property, Text


class AuthzList(UserObject):
    """authz-list: rules, the first that fits counts."""

    type_name = "authz-list"
    ancestors: ClassVar[tuple[str, ...]] = ("authz",)
    policy = Property(Enumeration("QAuthZListPolicy", "deny", "allow"), default="deny")
    rules = Property[list[object]](Described("QAuthZListRule", "[rules]"), default=[])


class AuthzSimple(UserObject):
    """authz-simple: one who may."""

    type_name = "authz-simple"
    ancestors: ClassVar[tuple[str, ...]] = ("authz",)
    identity = Property(Text(), default="", required=True)


class AuthzListFile(UserObject):
    """authz-list-file: the same in a file.

    QEMU's schema calls it authz-listfile, so that QEMU can't create it.
    """

    type_name = "authz-list-file"
    ancestors: ClassVar[tuple[str, ...]] = ("authz",)
    filename = Property(HostPath(), default="", required=True)
    refresh = Property(Boolean(), default=True)


class AuthzPam(UserObject):
    """authz-pam: this build of QEMU has none."""

    type_name = "authz-pam"
    service = Property(Text(), default="", required=True)
