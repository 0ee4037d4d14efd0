"""The interactive terminal; the only room that may import prompt_toolkit."""
