"""What each layer of a trained network sees, how well it tells classes apart, what it costs."""
