"""Checks across the tables of a park, one family a module; each takes `Findings` and reports all that it sees."""
