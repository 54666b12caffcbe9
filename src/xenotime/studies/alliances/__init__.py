"""The alliances study: what cooperation and conflict have to do with who supplies whom, at which stage, how fast."""
