"""What each report shows, computed from patient-level tables, claims and an ensemble; tidy tables out."""
