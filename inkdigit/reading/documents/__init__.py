"""Files of pictures, TIFF and PDF, as their upright pages."""
