"""Search over settings, on validation, with trials that are numbered for good."""
