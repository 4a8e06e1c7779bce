"""The scenario: its language, read strictly from YAML into frozen values."""
