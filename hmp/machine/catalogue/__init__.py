"""Every type of QEMU 11.1.3: `types.json` holds facts recorded from the running program
(scripts/record device-types), which are read when a type is first asked for.
"""
