"""Suggest after an error what would succeed, on the machine in its present state.

Each function in this package is registered for the classes of error that it answers. It yields
suggestions, the best first; the first one whose lines would all be accepted is printed.
"""

# Importing the modules registers their functions with `suggestions`.
from hmp.assist.suggestions import backends, commands, names, options, placement, start
from hmp.assist.suggestions.context import Suggestion, SuggestionContext
from hmp.assist.suggestions.suggest import suggest

__all__ = [
    "Suggestion",
    "SuggestionContext",
    "backends",
    "commands",
    "names",
    "options",
    "placement",
    "start",
    "suggest",
]
