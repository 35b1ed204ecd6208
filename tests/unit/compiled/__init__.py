"""A configuration as it was read before, and when that is taken for what it is now."""
