"""QMP without I/O: octets in, messages out; rules of the machine are asked for, never repeated (spec/qmp.md part A)."""
