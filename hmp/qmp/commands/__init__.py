"""The commands of QMP, by subject; each is a record with its arguments, its result and a handler of
a few lines.
"""
