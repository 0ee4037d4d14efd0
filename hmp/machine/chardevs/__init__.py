"""Character devices: what monitors, serial lines and the like read from and write to."""
