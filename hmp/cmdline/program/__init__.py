"""What the command line says about the program itself; QEMU has none of it."""
