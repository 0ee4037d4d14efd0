"""Network backends: found by their ids, attached to devices, and without traffic."""
