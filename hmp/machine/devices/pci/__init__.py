"""PCI devices and buses, with their places, memory regions and option ROMs."""
