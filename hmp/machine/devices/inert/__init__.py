"""Devices without an effect on memory: members of the machine by what the catalogue knows of them,
with properties, a place on their bus and QEMU's errors, and nothing behind.
"""
