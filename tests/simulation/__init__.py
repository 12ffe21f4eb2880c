"""Many workers in virtual time: everything that can happen to them in an hour, in a fraction of a second."""
