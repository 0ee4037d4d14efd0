"""Help with a command line: highlighting, diagnostics, completion, suggestions, help pages.

Nothing here imports prompt_toolkit or writes to a terminal.
"""
