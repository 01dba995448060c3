"""What of a picture is ink: its light taken out, and what of the ink may be writing."""
