"""One FeatureView into three trees: training, serving, state."""
