"""dump-guest-memory: the memory and the CPUs of the guest in a file."""
