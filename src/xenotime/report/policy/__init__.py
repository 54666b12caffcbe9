"""The page of the policy study."""
