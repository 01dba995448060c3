"""Handwriting made of real digits: a writer, a pen, and what they write."""
