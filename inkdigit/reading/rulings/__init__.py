"""Ruled lines, grids and the walls of boxes: found, told from strokes, taken out of the ink."""
