"""The one table of Unison: columns declared once; sort, filter, chooser, copy and export follow."""
