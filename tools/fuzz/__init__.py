"""Broken inputs for everything that reads what somebody else may have made."""
