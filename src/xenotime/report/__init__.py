"""Figures from results, and one self-contained HTML file."""
