"""The QEMU object model: objects in a tree, declared properties, visitors that read values."""
