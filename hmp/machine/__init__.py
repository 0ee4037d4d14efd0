"""The machine: objects, memory backends, devices, placement, guest; it knows no text of the user
and no terminal.
"""
