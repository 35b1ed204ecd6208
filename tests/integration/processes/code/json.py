"""A file that would shadow the standard library, if task code came first (attack 27)."""

raise ImportError("the wrong json")
