"""What models may say, what they may not, and what the ones that may compute."""
