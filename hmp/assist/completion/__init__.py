"""Complete a line on the console: what may be typed at the cursor, with descriptions."""
