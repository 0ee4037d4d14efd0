"""Inert PCI devices that do more than the catalogue can tell: what their BARs are, and the buses of
expander bridges.
"""
