"""The simulated guest: it meets the machine at registers and virtio-mem's requests, and knows no
monitor.
"""
