"""skewless: write a feature once as SQL; train and serve the same value."""
