"""Who is signed in, which every other room and the frame may use, and no widget; pages are in the folders below."""
