"""The commands that are typed most: their words, and what they cost."""
