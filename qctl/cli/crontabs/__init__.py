"""The crontabs of this machine: read, reported on, and their imported lines commented out."""
