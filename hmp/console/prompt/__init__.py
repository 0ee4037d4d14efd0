"""Read lines with prompt_toolkit: the prompt and the parts that plug into its PromptSession."""
