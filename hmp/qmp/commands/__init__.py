"""The commands of QMP: descriptions and handlers, by subject."""
