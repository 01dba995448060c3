"""Experiments that measure what is claimed of networks and of their training: one file each."""
