"""What people read of commands: one page for each, as text of 80 columns or as a man page."""
