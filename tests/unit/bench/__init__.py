"""What the bench makes of its values. Nothing here starts a peer, or measures."""
