"""The interactive console on a terminal. Only this package imports prompt_toolkit."""
