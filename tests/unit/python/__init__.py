"""What Python programs compose and declare, without Redis."""
