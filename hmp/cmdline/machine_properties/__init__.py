"""The properties of -machine, and the options that set them: -boot, -kernel and its kin."""
