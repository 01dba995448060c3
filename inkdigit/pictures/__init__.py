"""From any picture file to the pixels that a network expects. NumPy and Pillow only."""
