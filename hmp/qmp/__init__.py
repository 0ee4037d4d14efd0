"""QMP without I/O: bytes in, messages out (docs/qemu-behaviour/qmp.md §A)."""
