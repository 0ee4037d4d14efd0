"""The picture of guest-physical memory, as text and as SVG."""
