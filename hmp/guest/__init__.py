"""The simulated Linux guest; it reaches the machine only through the ACPI registers and the
virtio-mem requests, and knows no monitor.
"""
