"""The commands, one file each or one for a noun. Each offers `app`; it is imported when its command is chosen."""
