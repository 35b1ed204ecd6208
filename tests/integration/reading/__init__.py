"""What people read, on a real Redis."""
