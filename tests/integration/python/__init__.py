"""Python programs as Celery's users write them, beside a real worker over a real Redis."""
