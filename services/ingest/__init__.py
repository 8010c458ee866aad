"""Ingest: takes signed webhooks, stores each durably, answers, and hands on to the writer."""
