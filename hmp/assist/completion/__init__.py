"""Completion on the console."""
