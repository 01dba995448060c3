"""From a page of pixels to the numbers that stand on it."""
