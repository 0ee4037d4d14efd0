"""The command line: argv is parsed into a configuration, and a machine is built from that."""
