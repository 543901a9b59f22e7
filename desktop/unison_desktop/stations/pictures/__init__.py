"""Pictures that stations kept: found by place, machine, reason and time, looked at and saved."""
