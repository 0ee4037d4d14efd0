"""Commands of the human monitor about CPUs, the balloon, boot devices, mice and keys."""
