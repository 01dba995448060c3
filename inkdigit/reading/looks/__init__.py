"""Looks at a picture: the first one, and others where it leaves doubt."""
