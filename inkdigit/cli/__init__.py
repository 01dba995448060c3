"""The command line: one thin file per command, a translation and nothing more."""
