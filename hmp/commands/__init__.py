"""The commands of the human monitor: descriptions and handlers, over the machine's operations."""
