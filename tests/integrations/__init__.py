"""qctl in web programs, with the real packages: FastAPI, Flask and Django."""
