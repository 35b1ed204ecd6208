"""qctl in web programs. Each module needs the framework of its name, which `pip install 'qctl[web]'` brings along.

Owns how jobs look over HTTP. Asks through `Qctl`, and never blocks an event loop.
"""
