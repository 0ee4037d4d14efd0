"""A machine that stands for the one of a running QEMU, filled from its answers."""
