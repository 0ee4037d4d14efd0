"""QMP commands about the CPUs and the PCI devices of the machine."""
