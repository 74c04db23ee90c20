"""What people read: one self-contained page per run, and the same verdict as plain text."""

from aidc_twin.report.page import write_report
from aidc_twin.report.text import compare_text, verdict

__all__ = ["compare_text", "verdict", "write_report"]
