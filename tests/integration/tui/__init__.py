"""`qctl top` as Textual shows it, without a terminal."""
