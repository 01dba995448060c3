"""What a field may hold, and where the fields of a form are."""
