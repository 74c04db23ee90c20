"""Digital twin of an AI data-centre industrial park: simulate, plan, schedule and invest."""

__version__ = "0.1.0"
