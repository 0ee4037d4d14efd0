"""Sockets and descriptors of the host."""
