"""From a network to a file that needs no torch, and whether both answer alike."""
