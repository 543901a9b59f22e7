"""All that differs between operating systems: clocks, boot identity, the data folder, files only the owner reads."""
