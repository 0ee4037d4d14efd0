"""From the command line to a machine and its monitors, in the reference's order of checks; no monitor command here."""
