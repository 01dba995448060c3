"""The loop and what feeds it, watches it, and turns its result into a tested model file."""
