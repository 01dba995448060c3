"""Checks of labelled pictures, and the fixes that training honours."""
