"""Objects that have nothing to do with memory: checked and listed as in QEMU, and else inert."""
