"""What ministack leaves out of Amazon EC2."""
