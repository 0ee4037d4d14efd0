"""QEMU's test protocol: a client moves the clock, and uses memory and I/O ports as a CPU would."""
