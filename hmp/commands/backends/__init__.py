"""Commands about drives, character devices and networks."""
