"""Commands that show the guest's memory, or write it to a file."""
