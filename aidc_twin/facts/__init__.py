"""Figures with unit, range, basis and source, which a park refers to by id."""

from aidc_twin.facts.book import Facts, UnknownFactError
from aidc_twin.facts.fact import Fact
from aidc_twin.facts.load import load_facts, read_facts

__all__ = ["Fact", "Facts", "UnknownFactError", "load_facts", "read_facts"]
