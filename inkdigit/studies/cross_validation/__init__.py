"""Cross-validation: every picture is answered by networks that did not learn from it."""
