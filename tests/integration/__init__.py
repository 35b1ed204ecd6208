"""Store and engine together, by case number."""
