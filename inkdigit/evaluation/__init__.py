"""Judging whatever answers: metrics, the one test, the report and the comparison of runs."""
