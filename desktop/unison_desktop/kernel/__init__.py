"""What every room stands on: requests, the event stream, changes. Knows QtCore and QtNetwork, no widget."""
