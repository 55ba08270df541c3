"""Evidence that a change is real and not noise: statistics only, no files, no rules, no words."""
