"""The writer service: SyncEvent and ResyncObject over gRPC."""
