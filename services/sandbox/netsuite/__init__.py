"""The sandbox's NetSuite over real HTTP: signed calls, concurrency governance, scripted faults and a log of calls."""

from services.sandbox.netsuite.app import NetSuiteApp, netsuite_app
from services.sandbox.netsuite.calls import Call, CallLog
from services.sandbox.netsuite.faults import Fault, Faults
from services.sandbox.netsuite.tba import SANDBOX_CREDENTIALS, Credentials

__all__ = ["SANDBOX_CREDENTIALS", "Call", "CallLog", "Credentials", "Fault", "Faults", "NetSuiteApp", "netsuite_app"]
