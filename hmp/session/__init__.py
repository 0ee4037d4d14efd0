"""What scripts and the console have besides QEMU's commands: the run, and commands about it."""
