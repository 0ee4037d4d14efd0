"""Lessons: Markdown files that serve as tutorial, demonstration and test."""
