"""What crontabs mean, row by row."""
