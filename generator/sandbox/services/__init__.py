"""What ministack leaves out of the services it serves, one module a service."""
