"""The networks, one file each, and the literal table that names them."""
