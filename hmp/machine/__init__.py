"""The machine: objects, memory backends, devices, placement. It knows no user text, no terminal."""
