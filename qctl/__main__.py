"""`python -m qctl` is `qctl`."""

from __future__ import annotations

from qctl.cli.main import main

if __name__ == "__main__":
    main()
