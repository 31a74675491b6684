"""The sign-in server of the emulator: the part of Entra ID that an unattended client talks to.

`app.create_app(core)` builds the ASGI application, `app.reset(core)` puts its state back to the seed,
`tokens.TokenAuthority` issues and verifies access tokens, `switches.SWITCHES` lists the behaviours that can be changed
at run time. Everything is in files of one purpose each; see the first line of each.
"""
