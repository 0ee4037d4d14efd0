"""Lessons: Markdown files that are lesson, demonstration and test at once; no terminal here."""
