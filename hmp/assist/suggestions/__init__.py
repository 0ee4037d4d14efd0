"""Suggest after an error what would succeed, in one line, on the machine in its present state.

Each function in this package is registered for the classes of error that it answers.
"""

# Importing the modules registers their functions with `suggest`.
from hmp.assist.suggestions import memory, names, placement
from hmp.assist.suggestions.context import Suggestion, SuggestionContext, suggest

__all__ = ["Suggestion", "SuggestionContext", "memory", "names", "placement", "suggest"]
