"""What a beat decides and remembers, without Redis."""
