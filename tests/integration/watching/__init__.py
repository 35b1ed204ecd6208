"""What a live screen reads, on a real Redis."""
