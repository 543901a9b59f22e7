"""Identity: who somebody is, what they may do, and their sessions. The only room on the database `identity`."""
