"""The beat against a real server whose clock the tests set."""
