"""What ministack leaves out of Amazon ECR."""
