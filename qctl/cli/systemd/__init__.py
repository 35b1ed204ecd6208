"""The systemd unit of a worker: its text, its file, and the program that systemd is told of it with."""
