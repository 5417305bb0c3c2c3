"""A FeatureView into the SQL that evaluates it at every moment of a spine."""
