"""The commands of the monitor, one record each, over the machine's operations; no parsing and no
mmap here.
"""
