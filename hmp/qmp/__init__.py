"""QMP without I/O: octets in, messages out; rules of the machine are asked for, never repeated
(docs/qemu-behaviour/qmp.md §A).
"""
