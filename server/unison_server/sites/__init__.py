"""Sites: plants, and the read copy of people that the business refers to."""
