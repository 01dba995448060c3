"""From the ink of a sheet to the places where numbers may stand, line by line."""
