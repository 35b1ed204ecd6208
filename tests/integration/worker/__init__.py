"""Real workers over a real Redis: what runs, what dies, what reloads."""
