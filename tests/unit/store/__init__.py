"""What the store decides without Redis: addresses, refusals, names of keys, and the forms of a record."""
