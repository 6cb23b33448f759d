"""Where statements come from, and figures as records with source, date and state."""

from facts.models.figure import Correction, Figure, Unit
from facts.models.source import Basis, Citation, Cited, Source, Sourced, with_sources

__all__ = ["Basis", "Citation", "Cited", "Correction", "Figure", "Source", "Sourced", "Unit", "with_sources"]
