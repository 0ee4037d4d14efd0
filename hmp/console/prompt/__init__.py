"""The prompt: the parts that plug into prompt_toolkit's PromptSession."""
