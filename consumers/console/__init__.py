"""The pages of clinicians, outreach, tech support and managers."""
