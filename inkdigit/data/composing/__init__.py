"""Lines and pages of handwriting composed of real digits, with the truth about every sign."""
