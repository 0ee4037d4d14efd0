"""Lessons on the console: taken by a person, or playing by themselves."""
