"""Constraint families of the plan, one Pyomo Block each, and the objectives of its levels."""
