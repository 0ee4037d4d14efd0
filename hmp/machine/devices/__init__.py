"""Devices: DIMMs, virtio memory devices, PCI, and how they are plugged and unplugged."""
