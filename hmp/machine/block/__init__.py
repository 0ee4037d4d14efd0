"""Block devices without a guest: images are opened and looked at, and nothing is written."""
