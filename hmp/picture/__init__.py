"""The guest-physical address space as a picture: its spans, drawn in text to scale and as SVG; no terminal here."""
