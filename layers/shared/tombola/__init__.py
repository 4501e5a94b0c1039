"""Prize draws on AWS without servers: drawn in one transaction, granted once, repaired on a schedule.

rules/   pure decisions: values in, values out
flows/   one use case a function, written against the protocols in flows/ports.py
aws/     one thin adapter a service
"""
