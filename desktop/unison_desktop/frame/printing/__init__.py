"""Paper: what a page prints, laid out once for printer, preview and PDF."""
