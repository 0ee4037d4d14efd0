"""Scripts: commands from stdin, the command line or files, and how they are answered."""
