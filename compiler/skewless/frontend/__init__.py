"""A raw model into a FeatureView: render, parse, bind, check, lower."""
