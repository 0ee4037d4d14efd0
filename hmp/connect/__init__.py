"""The console and scripts in front of a running QEMU: `hmp --connect TARGET`.

A `Link` carries requests to QEMU. What it answers fills a `ShadowMachine`, a machine without mapped
memory, which all help around a line reads as it reads any machine.
"""
