"""Decides who is asking: a bearer token becomes a Principal, or the request ends here.

In: the value of the Authorization header, and one source of keys chosen by the settings.
Out: Principal(tenant, user, role), frozen, every field of it taken from a verified token.
Rejects: no token, one whose signature, time, audience or issuer does not hold, and one whose claims are
not exactly of the shape that claims.py states (Unauthenticated, before anything is parsed or planned).
Never: SQL, an algorithm that the token chose, a token or a claim's value in a message.
"""
