"""The page of the alliances study."""
