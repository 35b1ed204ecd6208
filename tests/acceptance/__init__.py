"""The real qctl in a subprocess: exit codes, stdout, signals, terminals."""
