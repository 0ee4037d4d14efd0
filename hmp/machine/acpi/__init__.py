"""The ACPI hotplug registers of memory slots and PCI slots."""
