"""Spreadsheets of the back office: lists that staff export, edit in Excel or WPS, and import as one deed."""

from etown.sheets.columns import Column
from etown.sheets.declared import PartSheet, Sheet

__all__ = ["Column", "PartSheet", "Sheet"]
