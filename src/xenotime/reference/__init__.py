"""Facts shipped as data: countries, blocs, HS codes, chains, production; each row with its source."""
