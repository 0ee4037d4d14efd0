"""USB devices without an effect on memory: ports, speeds, and the disk of usb-storage."""
