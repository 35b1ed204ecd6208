"""`qctl top`: an instance of qctl, live on a terminal.

Data flows one way. A reader on a thread of its own turns what the screen wants into a `Snapshot`; `draw` makes a
`Picture` of the screen's state and the newest snapshot; keys go through one table to functions that answer the next
state and what is to be done. All of that is pure; only `app` knows Textual, only `doing` changes anything.
"""
