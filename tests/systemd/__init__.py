"""The units of systemd that server and agent come with."""
