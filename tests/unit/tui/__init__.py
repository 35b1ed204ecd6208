"""Pictures of `qctl top`, and what keys make of its state."""
