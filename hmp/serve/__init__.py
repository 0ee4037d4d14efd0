"""The front ends other than the console: scripts, HMP and QMP sockets, fleets of machines."""

READ_BYTES = 1 << 16  # How much is read from a descriptor at once.
