"""sev-guest and its kin: guests whose memory the host can't read. Without such a machine they only
exist.
"""

from __future__ import annotations

from typing import ClassVar

from hmp.machine.qapi.types import Described
from hmp.machine.qom.object import UserObject
from hmp.machine.qom.property import Boolean, Enumeration, HostPath, Integer, Property, Text

ANCESTORS = ("x86-confidential-guest", "confidential-guest-support")


class SevCommon(UserObject):
    """What both kinds of SEV have in common."""

    type_name = "sev-common"
    ancestors: ClassVar[tuple[str, ...]] = ("sev-common", *ANCESTORS)
    sev_device = Property(HostPath(), "", "/dev/sev")
    cbitpos = Property(Integer(32), default=0, listed=False)
    reduced_phys_bits = Property(Integer(32), default=0, required=True, listed=False)
    kernel_hashes = Property(Boolean(), default=False)


class SevGuest(SevCommon):
    """sev-guest: AMD's encryption of memory, without or with that of registers."""

    type_name = "sev-guest"
    dh_cert_file = Property(HostPath(), default="")
    session_file = Property(HostPath(), default="")
    policy = Property(Integer(32), default=1, listed=False)
    handle = Property(Integer(32), default=0, listed=False)
    legacy_vm_type = Property(Enumeration("OnOffAuto", "auto", "on", "off"), default="auto")


class SevSnpGuest(SevCommon):
    """sev-snp-guest: the same with nested paging that the host can't change."""

    type_name = "sev-snp-guest"
    policy = Property(Integer(64), default=0x30000)
    guest_visible_workarounds = Property(Text(), default="")
    id_block = Property(Text(), default="")
    id_auth = Property(Text(), default="")
    author_key_enabled = Property(Boolean(), default=False)
    host_data = Property(Text(), default="")
    vcek_disabled = Property(Boolean(), default=False)


class TdxGuest(UserObject):
    """tdx-guest: Intel's."""

    type_name = "tdx-guest"
    ancestors: ClassVar[tuple[str, ...]] = ANCESTORS
    attributes = Property(Integer(64), default=0x10000000, listed=False)
    sept_ve_disable = Property(Boolean(), default=True, listed=False)
    mrconfigid = Property(Text(), default="", listed=False)
    mrowner = Property(Text(), default="", listed=False)
    mrownerconfig = Property(Text(), default="", listed=False)
    quote_generation_socket = Property[object](
        Described("SocketAddress", "blockdev/nbd.server"),
        name="quote-generation-socket",
        listed=False,
    )


class PefGuest(UserObject):
    """pef-guest: of another architecture."""

    type_name = "pef-guest"


class S390PvGuest(UserObject):
    """s390-pv-guest: of another architecture."""

    type_name = "s390-pv-guest"
