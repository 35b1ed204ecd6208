"""The lists, one module each: columns, rows, and what is told of the row under the cursor."""
