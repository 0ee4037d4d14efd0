"""Ordinary domains of libvirt, as virt-install makes them, run with hmp as the emulator."""
