"""What PCs are told to read: stations, devices and tags, made and changed by people."""
