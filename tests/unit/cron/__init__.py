"""The evaluator of cron expressions, by the rows of its contract."""
