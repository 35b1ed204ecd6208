"""`qctl top` with Textual's pilot: keys and clicks on a screen without a terminal, over looks made by hand."""
