"""Who is signed in. Every other room and the frame may use this one; it knows no widget."""
