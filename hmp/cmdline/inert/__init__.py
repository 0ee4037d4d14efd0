"""Options that have no effect on memory: what is checked of them."""
