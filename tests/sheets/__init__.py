"""Spreadsheets of the back office."""
