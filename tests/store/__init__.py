"""One file per script: seed, call, compare the whole store."""
