"""What `help` adds on the console."""
