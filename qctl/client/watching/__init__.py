"""What a live screen sees of an instance: one `Snapshot` for each look, read in as few round trips as can be."""

from qctl.client.watching.snapshot import JobPage, JobSeen, Rates, Snapshot, Want

__all__ = ["JobPage", "JobSeen", "Rates", "Snapshot", "Want"]
