"""What a neural field is: networks, nested levels with thresholds, and their evaluation in numpy."""
