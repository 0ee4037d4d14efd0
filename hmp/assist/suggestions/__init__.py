"""After an error: one line that says what would succeed, computed from the machine as it is.

The functions are in the modules beside, by topic, each registered for the classes of error that it
answers.
"""

from hmp.assist.suggestions import memory, names, placement
from hmp.assist.suggestions.context import Suggestion, SuggestionContext, suggest

__all__ = ["Suggestion", "SuggestionContext", "memory", "names", "placement", "suggest"]
