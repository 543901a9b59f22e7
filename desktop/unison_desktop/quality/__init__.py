"""Quality: what is measured, and what the values say of the process."""
