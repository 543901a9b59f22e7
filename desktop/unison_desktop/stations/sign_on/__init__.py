"""How people sign on at stations, and how old what each PC knows of them is."""
