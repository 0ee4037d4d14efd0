"""The map of guest-physical memory, drawn as text and as SVG."""
