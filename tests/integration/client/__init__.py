"""The client beside a real store, without a worker: the worker's part is played by hand."""
