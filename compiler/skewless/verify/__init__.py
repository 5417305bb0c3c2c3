"""Checks that training and serving agree, and that the data are what they are said to be."""
