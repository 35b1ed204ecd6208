"""What a command shows to people: pure functions from values to lines. Human tables may change at any time."""
