"""Makers of random lines and command lines."""
