"""The language of the monitor: octets in, tokens with spans out; no command, machine or terminal is
known here.
"""
