"""The one form: fields declared once, help and errors beside them, nothing lost by mistake."""
