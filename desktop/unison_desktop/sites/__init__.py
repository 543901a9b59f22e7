"""Places where work is done. Other rooms use its calls."""
