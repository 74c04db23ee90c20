"""Shipped folders, and reading of tables and definitions that may hold anything."""

from aidc_twin.resources.cells import Id, Text, TimeOfDay
from aidc_twin.resources.share import folder
from aidc_twin.resources.tables import TableRead, read_rows, read_table, read_table_text
from aidc_twin.resources.toml_file import check_keys, check_tree, read_json, read_toml, read_toml_tree, refuse_yaml

__all__ = [
    "Id",
    "TableRead",
    "Text",
    "TimeOfDay",
    "check_keys",
    "check_tree",
    "folder",
    "read_json",
    "read_rows",
    "read_table",
    "read_table_text",
    "read_toml",
    "read_toml_tree",
    "refuse_yaml",
]
