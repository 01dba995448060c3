"""From what a line network says of a region to the numbers in it."""
