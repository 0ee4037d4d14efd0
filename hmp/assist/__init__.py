"""What helps a person with a command line: reading, completion, hints, advice; no terminal and no
prompt_toolkit.
"""
