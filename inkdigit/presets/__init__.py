"""The presets: one small TOML file for each claim, saying only what differs."""
