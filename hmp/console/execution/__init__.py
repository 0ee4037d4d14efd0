"""How an entered line is executed: what stands before a command, its reply, and its repetition."""
