"""Values and decisions: no Redis, no processes, the whole folder in under three seconds."""
