"""What the board knows how to tell: pure, over values that the stores read."""
