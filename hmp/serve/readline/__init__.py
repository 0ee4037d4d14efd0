"""QEMU's line editor on HMP sockets, with its completion."""
