"""Files of a project into frozen values: models, properties, profile, and what is selected of them."""
