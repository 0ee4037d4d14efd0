"""What a person may set about the console: the table of settings, and where their values come from;
no terminal.
"""
