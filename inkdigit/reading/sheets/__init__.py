"""From a picture of a page to a flat sheet: its ink, its rulings, and what may be writing."""
