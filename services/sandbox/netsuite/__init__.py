"""The sandbox's NetSuite over real HTTP: signed calls, concurrency governance, scripted faults and a log of calls."""

from services.sandbox.netsuite.app import NetSuiteApp, netsuite_app
from services.sandbox.netsuite.calls import Call, CallLog
from services.sandbox.netsuite.faults import Fault, Faults, Trouble
from services.sandbox.netsuite.governance import Governance, Limits
from services.sandbox.netsuite.oauth2 import CERTIFICATE_ID, CLIENT_ID, OAuth2
from services.sandbox.netsuite.tba import SANDBOX_CREDENTIALS, Credentials

__all__ = [
    "CERTIFICATE_ID",
    "CLIENT_ID",
    "SANDBOX_CREDENTIALS",
    "Call",
    "CallLog",
    "Credentials",
    "Fault",
    "Faults",
    "Governance",
    "Limits",
    "NetSuiteApp",
    "OAuth2",
    "Trouble",
    "netsuite_app",
]
