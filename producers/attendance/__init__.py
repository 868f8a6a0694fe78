"""Attendance files of programs without webhook rights, turned into the events of the contract."""
