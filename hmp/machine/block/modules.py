"""Block drivers that are in modules of their own, none of which is installed."""

from __future__ import annotations

MODULES = {
    **dict.fromkeys(("http", "https", "ftp", "ftps"), "curl"),
    **dict.fromkeys(("ssh", "iscsi", "rbd", "nfs"), ""),
    **dict.fromkeys(
        (
            *("io_uring", "nvme-io_uring", "virtio-blk-vfio-pci", "virtio-blk-vhost-user"),
            "virtio-blk-vhost-vdpa",
        ),
        "blkio",
    ),
}


def missing_module(driver: str) -> str:
    """Return what QEMU says of the module of a driver."""
    return (
        f"Unable to load module {MODULES[driver] or driver}. Perhaps you want to install "
        "qemu-block-extra or qemu-block-supplemental package?"
    )
