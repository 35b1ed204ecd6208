"""The command line: words in, calls of the client, lines out.

Owns the grammar of commands and flags, how things are written on a terminal and in a pipe, and exit codes. Decides
nothing: what a command does, the client (or the configuration, or an engine) does. Knows nothing of Redis.
"""
