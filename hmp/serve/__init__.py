"""The mouths of the monitor other than the console: scripts and QMP; no rule of the machine may
live here.
"""
