"""The settings of the console: what there are, and where their values come from."""
