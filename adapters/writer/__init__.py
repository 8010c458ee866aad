"""The writer service as ingest and operators see it: over gRPC, or in process."""
