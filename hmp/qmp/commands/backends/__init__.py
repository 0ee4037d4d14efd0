"""Commands about backends that have nothing to do with memory: disks, networks, I/O threads."""
