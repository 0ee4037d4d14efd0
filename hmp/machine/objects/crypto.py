"""cryptodev-* and secret_keyring: backends of a crypto device; a secret of the kernel."""

from __future__ import annotations

from typing import ClassVar

from hmp.errors import HostCallError, HostError, InputError
from hmp.machine import system_calls
from hmp.machine.objects.base import MachineObject, Positive
from hmp.machine.qom.object import UserObject
from hmp.machine.qom.property import Enumeration, Integer, Property, Text


class CryptodevBackend(UserObject):
    """cryptodev-backend: what all backends have in common, which can be created as well."""

    type_name = "cryptodev-backend"
    queues = Positive(Integer(32), default=1)
    throttle_bps = Property(Integer(64), default=0)
    throttle_ops = Property(Integer(64), default=0)


class CryptodevBuiltin(CryptodevBackend):
    """cryptodev-backend-builtin: in the program itself, with one queue."""

    type_name = "cryptodev-backend-builtin"
    ancestors: ClassVar[tuple[str, ...]] = ("cryptodev-backend",)

    def complete(self) -> None:
        # More than QEMU's backends can have at all are not counted (experiment: 65 is accepted).
        if 1 < self.queues <= MAX_QUEUES:
            raise InputError("Only support one queue in cryptdov-builtin backend")


MAX_QUEUES = 64


class CryptodevVhostUser(MachineObject):
    """cryptodev-vhost-user: in another process, behind a character device."""

    type_name = "cryptodev-vhost-user"
    ancestors: ClassVar[tuple[str, ...]] = ("cryptodev-backend",)
    queues = Positive(Integer(32), default=1)
    throttle_bps = Property(Integer(64), default=0)
    throttle_ops = Property(Integer(64), default=0)
    chardev = Property(Text(), default="", required=True)

    def complete(self) -> None:
        self.find_chardev(self.chardev)


class CryptodevLkcf(UserObject):
    """cryptodev-backend-lkcf: this build of QEMU has none."""

    type_name = "cryptodev-backend-lkcf"
    queues = Property(Integer(32), default=1)
    throttle_bps = Property(Integer(64), default=0)
    throttle_ops = Property(Integer(64), default=0)


class SecretKeyring(UserObject):
    """secret_keyring: the data of a key of the kernel, which must exist."""

    type_name = "secret_keyring"
    ancestors: ClassVar[tuple[str, ...]] = ("secret_common",)
    format = Property(Enumeration("QCryptoSecretFormat", "raw", "base64"), default="raw")
    keyid = Property(Text(), default="")
    iv = Property(Text(), default="")
    serial = Property(Integer(32, signed=True, label="int32_t"), default=0, required=True)

    def complete(self) -> None:
        try:
            system_calls.check_key(self.serial)
        except HostCallError as error:
            raise HostError.from_call(
                f"Unable to read serial key {self.serial & 0xFFFFFFFF:08x}", error
            ) from None
