"""Every claim of inkdigit is a command here; RESULTS.md is written by these commands only."""
