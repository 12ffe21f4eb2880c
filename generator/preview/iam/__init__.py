"""What policies allow, compared as sets and not as text.

Source: IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements reference".
"""
