"""The language of the human monitor: lines (bytes, held in a Latin-1 str) are parsed into commands
and arguments with their spans. It knows no particular command and no machine.
"""
