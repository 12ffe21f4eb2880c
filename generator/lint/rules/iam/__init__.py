"""Rules for IAM: statements, conditions, trust and managed policies."""
