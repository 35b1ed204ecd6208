"""The pages that fill a screen: a job, its output, help. Each answers exactly as many lines as it has room for."""
