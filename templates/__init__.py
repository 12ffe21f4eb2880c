"""How each CloudFormation stack looks: typed parameters in, a troposphere Template out."""
