"""Many submissions: workers, resuming, the report, and the commands."""
