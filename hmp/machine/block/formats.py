"""Headers of image formats: how a format is recognized, and what its header says."""

from __future__ import annotations

import struct
from collections.abc import Callable

from hmp.machine.block.node import Format, ImageError

MAGIC = {
    "qcow2": b"QFI\xfb",
    "qcow": b"QFI\xfb",
    "qed": b"QED\0",
    "vmdk": b"KDMV",
    "luks": b"LUKS\xba\xbe",
    "vhdx": b"vhdxfile",
    "parallels": b"WithoutFreeSpace",
    "bochs": b"Bochs Virtual HD Image",
    "vpc": b"conectix",
}
OTHER_MAGIC = {"parallels": b"WithouFreSpacExt"}
VDI_SIGNATURE = struct.pack("<I", 0xBEDA107F)
VDI_SIGNATURE_AT = 64
HEADER_BYTES = 1 << 16
SECTOR = 512
NO_IMAGE = {
    "qcow2": "Image is not in qcow2 format",
    "qcow": "Image not in qcow format",
    "qed": "Image not in QED format",
    "vmdk": "invalid VMDK image descriptor",
    "bochs": "Image not in Bochs format",
    "parallels": "Image not in Parallels format",
    "vpc": "invalid VPC image",
    "luks": "Volume is not in LUKS format",
    "dmg": "Could not locate UDIF trailer in dmg file",
    "cloop": "block_size cannot be zero",
}
"""QEMU's error for a file of another format."""
QCOW2_BACKING_FORMAT = 0xE2792ACA
QCOW2_CORRUPT, QCOW2_EXTENDED_L2 = 1 << 1, 1 << 4
QCOW2_LAZY_REFCOUNTS = 1 << 0
MAX_INT32 = (1 << 31) - 1
COMPRESSIONS = ("zlib", "zstd")


def recognize(head: bytes) -> str:
    """Return the format of an image by its first bytes; raw when there is none."""
    if head[:4] == MAGIC["qcow2"]:
        return "qcow" if head[4:8] == b"\0\0\0\1" else "qcow2"
    if head[VDI_SIGNATURE_AT : VDI_SIGNATURE_AT + 4] == VDI_SIGNATURE:
        return "vdi"
    for name, magic in (*MAGIC.items(), *OTHER_MAGIC.items()):
        if head.startswith(magic):
            return name
    return "raw"


def read_header(name: str, head: bytes, path: str) -> Format:
    """Return what the header of an image of a format says.

    Raises:
        ImageError: The image has another format, or one of which nothing is known here.
    """
    if recognize(head) != name:
        if name == "vdi":
            found = int.from_bytes(head[64:68], "little")
            raise ImageError(f"Image not in VDI format (bad signature {found:08x})")
        if name == "vhdx":
            raise ImageError(f"Could not open '{path}': Invalid argument")
        raise ImageError(NO_IMAGE[name])
    reader = READERS.get(name)
    if reader is None:
        raise ImageError(f"images of the format {name} are not supported by hmp")
    try:
        return reader(head)
    except struct.error:
        raise ImageError(f"Could not open '{path}': Invalid argument") from None


def _text(head: bytes, offset: int, length: int) -> str:
    return head[offset : offset + length].decode("latin-1") if offset else ""


def _qcow2(head: bytes) -> Format:
    version, backing_at, backing_bytes, cluster_bits, size = struct.unpack_from(">IQIIQ", head, 4)
    if version not in (2, 3):
        raise ImageError(f"Unsupported qcow2 version {version}")
    incompatible = compatible = 0
    refcount_order, header_bytes, compression = 4, 72, 0
    if version == 3:
        incompatible, compatible = struct.unpack_from(">QQ", head, 72)
        refcount_order, header_bytes = struct.unpack_from(">II", head, 96)
        compression = head[104] if header_bytes > 104 else 0
    details: dict[str, object] = {
        "compat": "1.1" if version == 3 else "0.10",
        "compression-type": COMPRESSIONS[min(compression, 1)],
    }
    if version == 3:
        details["lazy-refcounts"] = bool(compatible & QCOW2_LAZY_REFCOUNTS)
    details["refcount-bits"] = 1 << refcount_order
    if version == 3:
        details["corrupt"] = bool(incompatible & QCOW2_CORRUPT)
        details["extended-l2"] = bool(incompatible & QCOW2_EXTENDED_L2)
    cluster = 1 << cluster_bits
    return Format(
        size,
        cluster,
        _text(head, backing_at, backing_bytes),
        _qcow2_backing_format(head, header_bytes),
        {"type": "qcow2", "data": details},
        {"write-zeroes-alignment": cluster, "discard-alignment": cluster},
    )


def _qcow2_backing_format(head: bytes, offset: int) -> str:
    while offset + 8 <= len(head):
        kind, length = struct.unpack_from(">II", head, offset)
        if not kind:
            break
        if kind == QCOW2_BACKING_FORMAT:
            return _text(head, offset + 8, length)
        offset += 8 + (length + 7) // 8 * 8
    return ""


def _qcow(head: bytes) -> Format:
    backing_at, backing_bytes, _mtime, size, cluster_bits = struct.unpack_from(">QIIQB", head, 8)
    alignments = {"request-alignment": SECTOR}
    return Format(
        size, 1 << cluster_bits, _text(head, backing_at, backing_bytes), alignments=alignments
    )


def _qed(head: bytes) -> Format:
    (cluster,) = struct.unpack_from("<I", head, 4)
    if not cluster:
        raise ImageError("Image not in QED format")
    (size,) = struct.unpack_from("<Q", head, 48)
    backing_at, backing_bytes = struct.unpack_from("<II", head, 56)
    alignments = {
        "request-alignment": SECTOR,
        "write-zeroes-alignment": cluster,
        "max-write-zeroes": MAX_INT32 // cluster * cluster,
    }
    return Format(size, cluster, _text(head, backing_at, backing_bytes), alignments=alignments)


def _vdi(head: bytes) -> Format:
    size, _reserved, block = struct.unpack_from("<QII", head, 368)
    return Format(size, block or 1 << 20)


def _parallels(head: bytes) -> Format:
    (sectors,) = struct.unpack_from("<Q", head, 36)
    return Format(sectors * SECTOR, alignments={"request-alignment": SECTOR}, has_dirty_flag=False)


READERS: dict[str, Callable[[bytes], Format]] = {
    "qcow2": _qcow2,
    "qcow": _qcow,
    "qed": _qed,
    "vdi": _vdi,
    "parallels": _parallels,
}
