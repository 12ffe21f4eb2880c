"""What ministack leaves out of Elastic Load Balancing."""
