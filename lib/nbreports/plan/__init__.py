"""What is asked for: declared parameters, profiles, and the renderings that they stand for."""
