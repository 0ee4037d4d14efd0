"""What carries requests to a running QEMU: a QMP socket, a human monitor, or libvirt."""
