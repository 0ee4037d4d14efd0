"""Migration: the machine waits for another one, and keeps the parameters that it is given."""
