"""Random sessions and command lines on hmp and on QEMU; every difference is listed, and those of
docs/differences.md by name.
"""
