"""Trace events and the log: which are switched on, and where they would be written to."""
