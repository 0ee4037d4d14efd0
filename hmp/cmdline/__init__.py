"""The command line: from argv to a configuration, and from that to a machine."""
