"""Plain against residual networks of equal size: what holds of what is said of the shortcut."""
