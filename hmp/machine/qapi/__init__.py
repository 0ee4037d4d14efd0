"""The types of QEMU's structured options, such as those of block devices and network backends."""
