"""The `info` commands."""
