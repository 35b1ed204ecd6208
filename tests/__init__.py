"""The tests, in storeys: unit, store, integration, acceptance, property, storm, bench; `support` is shared."""
